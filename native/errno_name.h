// Symbolic names of errno values, shared by the addon and the launcher.
#pragma once

// `ESRCH` for 3; `EUNKNOWN` for a number that is not in errno(3).
const char *errnoName(int error);
