# For prebuildify (native/prebuild.mjs), which builds the addon of the .vsix. npm's own install script, native/install.mjs,
# needs no node-gyp; both compile the same sources with the same flags, which native/build.mjs lists.
{
  "targets": [
    {
      "target_name": "ptrace_native",
      "sources": [
        "native/addon.cc",
        "native/arguments.cc",
        "native/demangle.cc",
        "native/errno_name.cc",
        "native/memory.cc",
        "native/ptrace.cc",
        "native/registers.cc",
        "native/scheduling.cc",
        "native/signals.cc",
        "native/spawn.cc",
        "native/spawn_child.cc",
        "native/terminal/pty.cc",
        "native/trap_handler.cc",
        "native/wait.cc",
        "native/xstate.cc",
      ],
      "include_dirs": [
        "<!(node -p \"require('node-api-headers').include_dir\")",
        "<!(node -p \"require('node-addon-api').include_dir\")",
      ],
      "defines": ["NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED", "NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "cflags_cc": ["-std=c++17", "-O2", "-fvisibility=hidden", "-fexceptions", "-Wall", "-Wextra"],
    }
  ]
}
