// Rust: v0 or legacy names, a generic, a trait object, a closure and a panic (with the argument "panic").
trait Shape {
    fn area(&self) -> u32;
}

struct Square {
    side: u32,
}

impl Shape for Square {
    fn area(&self) -> u32 {
        self.side * self.side // #area
    }
}

#[inline(never)]
fn twice<T: std::ops::Add<Output = T> + Copy>(value: T) -> T {
    value + value // #twice
}

fn main() {
    let shape: Box<dyn Shape> = Box::new(Square { side: 3 }); // #main_body
    let area = shape.area(); // #call_area
    let doubled = twice(area) as u64 + twice(2u64); // #call_twice
    let add = |n: u64| n + doubled; // #closure
    let total = add(1); // #call_closure
    if std::env::args().nth(1).as_deref() == Some("panic") {
        panic!("asked to"); // #panic
    }
    println!("{total}"); // #print
}
