/* Calls into a library without lines (nodebug.c), which may call back here. */
int doubled(int (*callback)(int), int value);

static int callback(int value) { // #callback
  return value + 1;              // #callback_body
} // #callback_end

int main(void) {
  int plain = doubled(0, 4);          // #call
  int called = doubled(callback, 4);  // #call_with_callback
  return plain + called == 18 ? 0 : 1; // #main_return
}
