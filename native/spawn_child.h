// What happens in the new process between clone and execve.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ptrace_native {

enum class Stage : int32_t { Open, Duplicate, ChangeDirectory, Execute, NoRandomizeRefused };

// What the child writes to the report pipe.
struct Report {
  Stage stage;
  int32_t error;
};

// Everything the child needs, made ready beforehand: it may not allocate.
struct SpawnPlan {
  std::string file;
  std::vector<std::string> argumentTexts;
  std::vector<std::string> environmentTexts;
  std::vector<char *> arguments;
  std::vector<char *> environment;
  std::string directory;
  bool hasDirectory = false;
  int stdio[3] = {-1, -1, -1};
  bool disableAslr = false;
  bool newSession = false;
  uint32_t options = 0;
  // Both ends of the pipe through which the parent gives the word, and the end for reports.
  int goRead = -1;
  int goWrite = -1;
  int reports = -1;
  // RLIMIT_NOFILE, for kernels before 5.9, which lack close_range.
  unsigned fileLimit = 0;
};

// The entry point for clone(2) with CLONE_VM; `plan` is a SpawnPlan. Never returns.
int runSpawnChild(void *plan);

// Blocks every signal on this thread, libc's own included, and returns the mask that was in force.
uint64_t blockAllSignals();
void restoreSignals(uint64_t mask);

} // namespace ptrace_native
