// Exceptions of every sort, chosen by argv[1].
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace app {
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Asked : std::exception {
  int code = 17;
  const char *what() const noexcept override {
    static char text[32];
    std::snprintf(text, sizeof text, "code %d", code);
    return text;
  }
};
struct Extra {
  virtual ~Extra() = default;
  int extra = 1;
};
struct Both : Extra, std::logic_error {
  Both() : std::logic_error("second base") {}
};
struct Virtual : virtual std::runtime_error {
  Virtual() : std::runtime_error("virtual base") {}
};
struct Nothing {};
} // namespace app

static void thrower(const char *what) {
  if (!std::strcmp(what, "runtime")) throw std::runtime_error("no such file"); // #runtime
  if (!std::strcmp(what, "derived")) throw app::Failure("app failed");        // #derived
  if (!std::strcmp(what, "asked")) throw app::Asked();
  if (!std::strcmp(what, "both")) throw app::Both();
  if (!std::strcmp(what, "virtual")) throw app::Virtual();
  if (!std::strcmp(what, "bad_alloc")) throw std::bad_alloc();
  if (!std::strcmp(what, "system")) throw std::system_error(2, std::generic_category(), "open");
  if (!std::strcmp(what, "int")) throw 42;
  if (!std::strcmp(what, "text")) throw "plain text";
  if (!std::strcmp(what, "string")) throw std::string("a string");
  if (!std::strcmp(what, "nothing")) throw app::Nothing();
}

static void quiet() noexcept { thrower("derived"); }

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  const char *how = argc > 2 ? argv[2] : "caught";
  if (!std::strcmp(how, "uncaught")) thrower(what); // #uncaught
  if (!std::strcmp(how, "thread")) std::thread([what] { thrower(what); }).join();
  if (!std::strcmp(how, "noexcept")) quiet();
  if (!std::strcmp(how, "terminate")) std::terminate();
  if (!std::strcmp(how, "rethrow")) {
    try {
      try {
        thrower(what);
      } catch (...) {
        throw; // #rethrow
      }
    } catch (...) {
      return 0; // #caught_again
    }
  }
  if (!std::strcmp(how, "pointer")) {
    try {
      thrower(what);
    } catch (...) {
      std::exception_ptr kept = std::current_exception();
      try {
        std::rethrow_exception(kept); // #pointer
      } catch (...) {
        return 0;
      }
    }
  }
  try {
    thrower(what);
  } catch (...) {
    std::puts("caught"); // #caught
  }
  return 0;
}
