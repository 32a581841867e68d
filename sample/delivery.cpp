/*
 * A delivery firm: bicycles and vans take parcels to their stops, and the firm adds up what that costs.
 *
 * Try: F9 on the line of deliver() that adds to the total, F5, and look at the variables: the fleet, the bill, the
 * route. Hover over them, change one (F2), and choose "Break on Value Change" on `total`.
 */
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

/* The stops of a round, each with the one after it. */
struct Stop {
  const char *name;
  int kilometres;
  Stop *next;
};

enum class State { Waiting, Loaded, Delivered };

struct Parcel {
  std::string to;
  double kilograms;
  State state = State::Waiting;
};

class Vehicle {
public:
  explicit Vehicle(std::string name) : name(std::move(name)) {}
  virtual ~Vehicle() = default;
  virtual double cost(int kilometres) const = 0;

  void load(const Parcel &parcel) {
    parcels.push_back(parcel);
    parcels.back().state = State::Loaded;
  }

  const std::string name;
  std::vector<Parcel> parcels;
};

class Bicycle : public Vehicle {
public:
  using Vehicle::Vehicle;
  double cost(int kilometres) const override { return kilometres * wage; }

private:
  double wage = 1.25; /* for a kilometre */
};

class Van : public Vehicle {
public:
  Van(std::string name, double litres) : Vehicle(std::move(name)), litres(litres) {}
  double cost(int kilometres) const override { return kilometres * litres / 100 * petrol + wear; }

private:
  double litres; /* for a hundred kilometres */
  double wear = 0.5;
  static double petrol; /* price of a litre */
};

double Van::petrol = 1.8;

static int rounds = 0;

/* The length of a round. The optimiser puts its code into that of its caller. */
static inline int length(const Stop *stop) {
  int sum = 0;
  for (; stop; stop = stop->next)
    sum += stop->kilometres;
  return sum;
}

static double rounded(double price) { return static_cast<int>(price * 100 + 0.5) / 100.0; }

/* Sends every vehicle round, and returns what all of them cost. */
static double deliver(const std::vector<std::unique_ptr<Vehicle>> &fleet, const Stop *route,
                      std::map<std::string, double> &bill) {
  double total = 0;
  const int kilometres = length(route);
  for (const auto &vehicle : fleet) {
    double cost = rounded(vehicle->cost(kilometres));
    total += cost;
    bill[vehicle->name] += cost;
    for (auto &parcel : vehicle->parcels)
      parcel.state = State::Delivered;
    rounds++;
  }
  return total;
}

int main() {
  std::string firm = "Swift & Daughters";
  std::vector<int> distances = {3, 7, 12};
  Stop harbour = {"harbour", distances[2], nullptr};
  Stop station = {"station", distances[1], &harbour};
  Stop market = {"market", distances[0], &station};

  std::vector<std::unique_ptr<Vehicle>> fleet;
  fleet.push_back(std::make_unique<Bicycle>("Bicycle"));
  fleet.push_back(std::make_unique<Van>("Van", 6.5));
  fleet[0]->load({"12 Market Street", 0.4});
  fleet[1]->load({"Pier 3", 120});
  fleet[1]->load({"Platform 2", 17.5});

  std::map<std::string, double> bill;
  double total = deliver(fleet, &market, bill);
  for (const auto &[name, cost] : bill)
    std::printf("%-8s %6.2f\n", name.c_str(), cost);
  std::printf("%s: %d rounds for %.2f\n", firm.c_str(), rounds, total);
  return 0;
}
