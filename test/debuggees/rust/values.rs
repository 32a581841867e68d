// A function with a variable of each kind that Rust has.
struct Point {
    x: i32,
    y: i32,
}
struct Meters(f64);
struct Unit;
enum Shape {
    Circle(f64),
    Rect { w: u32, h: u32 },
    Empty,
}
enum Color {
    Red,
    Green,
}

fn twice(x: i32) -> i32 {
    x * 2
}

fn show(point: &Point, slice: &[i32], name: &str, option: Option<i32>) -> i32 {
    let tuple = (1, 'é', true);
    let meters = Meters(2.5);
    let unit = Unit;
    let bytes = [1u8, 2, 3];
    let circle = Shape::Circle(1.5);
    let rect = Shape::Rect { w: 1, h: 2 };
    let empty = Shape::Empty;
    let none: Option<Box<i32>> = None;
    let some = Some(Box::new(5));
    let color = Color::Green;
    let reference = &tuple;
    let nested = Some(Point { x: 1, y: 2 });
    let function: fn(i32) -> i32 = twice;
    let big: i128 = -1;
    let pointer = point as *const Point;
    println!("{} {} {} {:?}", point.x, slice.len(), name, option); // #stop
    let kept = (&meters, &unit, &bytes, &circle, &rect, &empty, &none, &some, reference, &nested, function, big, pointer);
    meters.0 as i32 + color as i32 + point.y + (kept.10)(1)
}

fn main() {
    let point = Point { x: 3, y: 4 };
    if let Color::Red = Color::Green {
        return;
    }
    show(&point, &[1, 2, 3], "name", Some(7));
}
