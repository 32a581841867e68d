// Classes that only the compiler knows how to pass: what is declared of them misleads.
struct Defaulted {
  int value;
  ~Defaulted() = default;
};
struct Moved {
  int value;
  Moved(Moved &&other);
};
struct Owning {
  int *value;
  ~Owning();
};
Defaulted defaulted;
Moved *moved;
Owning *owning;

int main() { return defaulted.value + moved->value + *owning->value; }
