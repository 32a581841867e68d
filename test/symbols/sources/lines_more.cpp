/* A second C++ unit with the same headers, so that there is something to share. */
#include <map>
#include <string>
#include <vector>

int more(int n) {
  std::vector<std::string> words;
  std::map<std::string, int> counts;
  for (int i = 0; i < n; i++) words.push_back(std::to_string(i));
  for (const auto &word : words) counts[word]++;
  return static_cast<int>(counts.size());
}
