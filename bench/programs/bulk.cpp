// Bulk for the big program: a unit heavy with the standard library's templates, as a large C++ project's units are.
// It is compiled once and linked many times over, with its global symbols renamed.
#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace bulk {

template <int N> struct Tag {
  int value = N;
  std::string name = "tag" + std::to_string(N);
  bool operator<(const Tag &other) const { return value < other.value; }
};

template <int N> long exercise(long seed) {
  std::map<std::string, std::vector<Tag<N>>> map;
  std::unordered_map<long, std::shared_ptr<Tag<N>>> hash;
  std::set<Tag<N>> set;
  std::deque<std::optional<Tag<N>>> deque;
  std::list<std::pair<long, Tag<N>>> list;
  std::variant<int, std::string, Tag<N>> variant;
  for (long i = 0; i < seed; i++) {
    map[std::to_string(i)].push_back(Tag<N>{});
    hash.emplace(i, std::make_shared<Tag<N>>());
    set.insert(Tag<N>{});
    deque.emplace_back(Tag<N>{});
    list.emplace_back(i, Tag<N>{});
  }
  variant = Tag<N>{};
  list.sort([](const auto &a, const auto &b) { return a.first < b.first; });
  std::function<long(long)> add = [&](long x) { return x + long(map.size() + hash.size() + set.size()); };
  std::vector<Tag<N>> sorted(set.begin(), set.end());
  std::stable_sort(sorted.begin(), sorted.end());
  std::reverse(sorted.begin(), sorted.end());
  auto future = std::async(std::launch::deferred, add, seed);
  std::tuple<long, std::string, Tag<N>> tuple{future.get(), "x", Tag<N>{}};
  return std::accumulate(sorted.begin(), sorted.end(), std::get<0>(tuple),
                         [](long sum, const Tag<N> &tag) { return sum + tag.value; });
}

template <int... N> long all(long seed, std::integer_sequence<int, N...>) { return (exercise<N>(seed) + ...); }

long text(const std::string &input) {
  std::regex words("([a-z]+)\\s*=\\s*([0-9]+)");
  std::smatch match;
  std::stringstream stream(input);
  std::mt19937 random(42);
  return std::regex_search(input, match, words) ? std::stol(match[2]) + long(random()) : 0;
}

long entry(long seed) { return all(seed, std::make_integer_sequence<int, 24>{}) + text("a = 1"); }

} // namespace bulk
