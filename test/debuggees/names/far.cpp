// What near.cpp only declares, with enough headers that indexing it takes a moment.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

struct Opaque {
  int value;
  std::string label;
};

namespace far_away {
int counter = 100;
struct Reading {
  short low, high;
};
Reading latest = {3, 4};

inline int twice(int value) {
  int doubled = value + value; // #twice
  return doubled + counter;    // #twice_end
}
} // namespace far_away

Opaque *make_opaque(int value) { return new Opaque{value, "seven"}; }

int far_sum(int limit) {
  std::map<int, int> sums;
  for (int i = 0; i < limit; i++) sums[i] = i;
  far_away::counter++;
  return far_away::twice(limit) + static_cast<int>(sums.size());
}
