// Every container, wrapper and pointer of the C++ library that has a formatter, with values that a table can expect.
#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

struct Point {
  int x;
  int y;
};

static int twice(int value) { return 2 * value; }

static volatile int sink;

int main() {
  std::string empty_string;
  std::string short_string = "short";
  std::string long_string = "a string that does not fit into the object itself";
  std::string escaped = "tab\t quote\" nul";
  std::wstring wide = L"wide \u00e4";
  std::u16string utf16 = u"\U0001f600";
  std::u32string utf32 = U"\u20ac";
  std::string_view view = std::string_view(long_string).substr(2, 6);

  std::vector<int> vector = {1, 2, 3};
  std::vector<int> empty_vector;
  std::vector<bool> bools = {true, false, true};
  std::vector<std::string> strings = {"one", "two"};
  std::vector<std::vector<int>> nested = {{1}, {2, 3}};
  std::vector<Point> points = {{1, 2}, {3, 4}};
  std::array<int, 3> array = {4, 5, 6};
  std::deque<int> deque;
  for (int i = 0; i < 300; i++)
    deque.push_back(i);
  deque.pop_front();
  deque.push_front(-1);
  deque.push_front(-2);
  std::list<int> list = {7, 8, 9};
  std::list<long double> aligned = {1.5L};
  std::forward_list<int> forward = {1, 2};
  std::span<int> span(vector);
  std::span<int, 3> fixed_span(array);
  std::initializer_list<int> initializer = {1, 2};
  std::stack<int> stack;
  stack.push(1);
  std::queue<int> queue;
  queue.push(2);
  std::priority_queue<int> priority;
  priority.push(3);

  std::map<std::string, int> map = {{"one", 1}, {"two", 2}, {"three", 3}};
  std::map<int, Point> point_map = {{1, {1, 2}}};
  std::set<int> set = {3, 1, 2};
  std::multiset<char> multiset = {'b', 'a', 'b'};
  std::set<int> empty_set;
  std::unordered_map<int, std::string> unordered = {{5, "five"}};
  std::unordered_map<std::string, int> by_name = {{"key", 6}};
  std::unordered_set<int> unordered_set = {42};

  std::pair<int, std::string> pair = {1, "first"};
  std::tuple<int, std::string, double> tuple = {1, "two", 3.5};
  std::tuple<> empty_tuple;
  std::optional<int> nothing;
  std::optional<std::string> something = "text";
  std::variant<int, std::string, double> variant = "alternative";
  std::variant<int, std::string> number = 5;
  std::any any_int = 5;
  std::any any_string = std::string("in any");
  std::any any_nothing;

  std::unique_ptr<Point> unique = std::make_unique<Point>(Point{1, 2});
  std::unique_ptr<Point> unique_null;
  std::unique_ptr<int, void (*)(int *)> with_deleter(new int(9), [](int *p) { delete p; });
  std::unique_ptr<int[]> unique_array(new int[2]{1, 2});
  std::shared_ptr<std::string> shared = std::make_shared<std::string>("shared");
  std::shared_ptr<std::string> shared_too = shared;
  std::weak_ptr<std::string> weak = shared;
  std::weak_ptr<int> expired;
  {
    auto gone = std::make_shared<int>(1);
    expired = gone;
  }
  std::shared_ptr<int> shared_null;
  std::function<int(int)> function = twice;
  std::function<int(int)> lambda = [&](int value) { return value + static_cast<int>(vector.size()); };
  std::function<int(int)> no_function;

  std::bitset<10> bitset(0b1010000011);
  std::bitset<100> long_bitset;
  long_bitset.set(99);
  std::complex<double> complex(1.5, -2);
  std::chrono::seconds seconds(90);
  std::chrono::milliseconds milliseconds(1500);
  std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> when{std::chrono::seconds(86400)};
  std::atomic<int> atomic = 7;
  std::atomic<bool> atomic_bool = true;
  std::filesystem::path path = "/usr/lib/libc.so";
  int referred = 11;
  std::reference_wrapper<int> reference = referred;

  auto vector_iterator = vector.begin();
  auto list_iterator = list.begin();
  auto set_iterator = set.begin();
  std::vector<int> large(1000000, 7);

  // What was never constructed, or is gone.
  alignas(16) static unsigned char bytes[1024];
  for (unsigned char &byte : bytes)
    byte = 0xa5;
  auto &broken_string = reinterpret_cast<std::string &>(bytes);
  auto &broken_vector = reinterpret_cast<std::vector<int> &>(bytes);
  auto &broken_list = reinterpret_cast<std::list<int> &>(bytes);
  auto &broken_map = reinterpret_cast<std::map<int, int> &>(bytes);
  auto &broken_hash = reinterpret_cast<std::unordered_map<int, int> &>(bytes);
  auto &broken_deque = reinterpret_cast<std::deque<int> &>(bytes);
  auto &broken_shared = reinterpret_cast<std::shared_ptr<int> &>(bytes);
  sink = function(1) + lambda(1) + static_cast<int>(large.size() + broken_vector.capacity()); // #stop
  return 0;
}
