// Rust data for expressions.
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
}

enum Shape {
    Circle(f64),
    Rect { width: u32, height: u32 },
    Empty,
}

struct Account {
    owner: String,
    cents: u64,
}

impl Account {
    fn balance(&self, extra: u64) -> u64 {
        let total = self.cents + extra;
        std::hint::black_box(&total); // #method
        total
    }
}

fn add(a: i32, b: i32) -> i32 {
    a + b
}

fn main() {
    let point = Point { x: 3, y: -4 };
    let pair = (7u8, 2.5f64);
    let number: u64 = 300;
    let numbers = vec![10i32, 20, 30];
    let slice = &numbers[1..];
    let word = String::from("crab");
    let text = "static";
    let boxed = Box::new(Point { x: 5, y: 6 });
    let shared = Rc::new(Point { x: 8, y: 9 });
    let circle = Shape::Circle(1.5);
    let rect = Shape::Rect { width: 3, height: 4 };
    let empty = Shape::Empty;
    let some: Option<i32> = Some(42);
    let array = [1u16, 2, 3, 4];
    let mut ages: HashMap<String, i32> = HashMap::new();
    ages.insert("ann".into(), 3);
    let reference = &point;
    let account = Account { owner: String::from("eve"), cents: 1250 };
    let total = account.balance(5) + add(1, 2) as u64;
    std::hint::black_box((&pair, &number, slice, &word, text, &boxed, &shared, &circle, &rect, &empty, &some, &array));
    println!("{} {} {} {}", total, reference.x + point.y, ages.len(), account.owner); // #here
    if let Shape::Rect { width, height } = rect {
        std::hint::black_box(width + height);
    }
    if let Shape::Circle(radius) = circle {
        std::hint::black_box(radius);
    }
}
