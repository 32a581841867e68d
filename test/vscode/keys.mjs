export async function driveByKeys() {}
