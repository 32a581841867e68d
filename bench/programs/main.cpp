// The entry of the big program, in a unit of its own: what F5 on a large project looks for.
int main(int argc, char **) {
  return argc - 1;
}
