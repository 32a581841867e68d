// Generics, traits and their objects, closures, iterators, references, shadowing, statics.
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLS: AtomicUsize = AtomicUsize::new(0);
const LIMIT: usize = 4;

trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String {
        String::from("shape")
    }
}

#[derive(Clone, Copy)]
struct Square {
    side: f64,
}

struct Circle {
    radius: f64,
    label: &'static str,
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.side * self.side // #stop
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        let squared = self.radius * self.radius;
        squared * 3.25 // #stop
    }
    fn name(&self) -> String {
        self.label.to_string()
    }
}

struct Stack<T, const N: usize> {
    items: [Option<T>; N],
    length: usize,
}

impl<T: Copy + PartialOrd, const N: usize> Stack<T, N> {
    fn new() -> Self {
        Stack { items: [None; N], length: 0 }
    }

    #[inline(never)]
    fn push(&mut self, item: T) -> Result<usize, T> {
        if self.length == N {
            return Err(item); // #stop
        }
        self.items[self.length] = Some(item);
        self.length += 1; // #stop
        Ok(self.length)
    }

    #[inline(never)]
    fn largest(&self) -> Option<T> {
        let mut best: Option<T> = None;
        for item in self.items.iter().flatten() {
            let better = best.map_or(true, |b| *item > b);
            if better { // #stop
                best = Some(*item);
            }
        }
        best
    }
}

#[derive(Debug)]
struct Node {
    value: u32,
    next: RefCell<Option<Rc<Node>>>,
    visits: Cell<u8>,
}

#[inline(never)]
fn visit(node: &Rc<Node>, depth: u32) -> u32 {
    CALLS.fetch_add(1, Ordering::Relaxed);
    node.visits.set(node.visits.get() + 1);
    let own = node.value * depth;
    match &*node.next.borrow() {
        Some(next) => own + visit(next, depth + 1), // #stop
        None => own,
    }
}

#[inline(never)]
fn total_area(shapes: &[Box<dyn Shape>]) -> (f64, usize) {
    let mut total = 0.0;
    let mut letters = 0;
    for shape in shapes {
        let area = shape.area();
        letters += shape.name().len();
        total += area; // #stop
    }
    (total, letters)
}

#[inline(never)]
fn compose<A, B, C>(f: impl Fn(A) -> B, g: impl Fn(B) -> C) -> impl Fn(A) -> C {
    move |value| {
        let between = f(value);
        g(between) // #stop
    }
}

#[inline(never)]
fn shadowed(text: &str) -> i64 {
    let value = text.len();
    let value = value as i64 * -3;
    {
        let value = value as u8;
        std::hint::black_box(value); // #stop
    }
    let slice = &text.as_bytes()[1..3];
    value + i64::from(slice[0]) // #stop
}

fn main() {
    let shapes: Vec<Box<dyn Shape>> =
        vec![Box::new(Square { side: 2.0 }), Box::new(Circle { radius: 1.5, label: "round" })];
    let (total, letters) = total_area(&shapes);
    let mut stack: Stack<i16, LIMIT> = Stack::new();
    let mut refused = Vec::new();
    for item in [4i16, -7, 12, 3, 9] {
        if let Err(item) = stack.push(item) {
            refused.push(item); // #stop
        }
    }
    let largest = stack.largest();
    let last = Rc::new(Node { value: 7, next: RefCell::new(None), visits: Cell::new(0) });
    let first = Rc::new(Node { value: 3, next: RefCell::new(Some(last.clone())), visits: Cell::new(0) });
    let sum = visit(&first, 1);
    let offset = 10;
    let both = compose(|x: i32| x + offset, |y: i32| f64::from(y) / 4.0);
    let result = both(5);
    let evens: Vec<usize> = (0..10).filter(|n| n % 2 == 0).map(|n| n * n).collect();
    let odd = shadowed("some text");
    let pointer: *const Node = &*first;
    let function: fn(&str) -> i64 = shadowed;
    println!("{} {} {:?} {} {} {:?} {}", total, letters, largest, sum, result, evens, odd); // #stop
    println!("{} {:?} {}", refused.len(), pointer.is_null(), function as usize != 0);
}
