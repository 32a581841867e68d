// Every type of Rust's library that has a formatter, with values that a table can expect.
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone)]
struct Point {
    x: i32,
    y: i32,
}

enum Shape {
    Circle { radius: f64 },
    Square(f64),
    Nothing,
}

struct Unit;
struct Pair(i32, &'static str);

trait Area {
    fn area(&self) -> f64;
}

impl Area for Shape {
    fn area(&self) -> f64 {
        match self {
            Shape::Circle { radius } => 3.0 * radius * radius,
            Shape::Square(side) => side * side,
            Shape::Nothing => 0.0,
        }
    }
}

fn main() {
    let string = String::from("owned \u{e4}");
    let empty_string = String::new();
    let slice_of_text: &str = &string[0..5];
    let boxed_text: Box<str> = "boxed".into();
    let vector = vec![1, 2, 3];
    let empty_vector: Vec<u64> = Vec::new();
    let points = vec![Point { x: 1, y: 2 }];
    let units = vec![(), ()];
    let slice = &vector[1..];
    let boxed_slice: Box<[i32]> = vec![4, 5].into_boxed_slice();
    let array = [1u8, 2, 3];
    let mut deque: VecDeque<i32> = (0..6).collect();
    deque.pop_front();
    deque.push_back(6);
    deque.push_front(-1);
    let mut map: HashMap<String, i32> = HashMap::new();
    map.insert("key".to_string(), 7);
    let empty_map: HashMap<i32, i32> = HashMap::new();
    let mut set: HashSet<char> = HashSet::new();
    set.insert('x');
    let btree: BTreeMap<i32, String> = (0..40).map(|i| (i, format!("v{i}"))).collect();
    let btree_set: BTreeSet<u8> = BTreeSet::from([3, 1, 2]);
    let empty_btree: BTreeMap<i32, i32> = BTreeMap::new();
    let some = Some(5);
    let none: Option<i32> = None;
    let some_text = Some(String::from("inside"));
    let some_reference = Some(&vector);
    let no_reference: Option<&i32> = None;
    let ok: Result<i32, String> = Ok(1);
    let err: Result<i32, String> = Err("bad".to_string());
    let boxed = Box::new(Point { x: 3, y: 4 });
    let shared = Rc::new(8);
    let shared_too = shared.clone();
    let weak: Weak<i32> = Rc::downgrade(&shared);
    let dangling: Weak<i32> = Weak::new();
    let arc = Arc::new(String::from("arc"));
    let cell = Cell::new(9);
    let ref_cell = RefCell::new(vec![1]);
    let borrowed = ref_cell.borrow();
    let mutex = Mutex::new(10);
    let atomic = AtomicUsize::new(11);
    let path = PathBuf::from("/usr/lib");
    let os_string = OsString::from("os");
    let cow_borrowed: Cow<str> = Cow::Borrowed("cow");
    let cow_owned: Cow<str> = Cow::Owned("owned cow".to_string());
    let duration = Duration::new(1, 500_000_000);
    let short = Duration::from_micros(250);
    let circle = Shape::Circle { radius: 1.5 };
    let square = Shape::Square(2.0);
    let nothing = Shape::Nothing;
    let dynamic: &dyn Area = &square;
    let boxed_dynamic: Box<dyn Area> = Box::new(Shape::Nothing);
    let unit = Unit;
    let pair = Pair(1, "two");
    let tuple = (1, "two", 3.5);
    let character = '\u{20ac}';
    let truth = true;
    let wide: u128 = 1 << 100;
    let factor = 3;
    let closure = |value: i32| value * factor;
    let pointer: *const i32 = &vector[0];
    println!("{}", closure(1)); // #stop
    println!(
        "{string}{empty_string}{slice_of_text}{boxed_text}{vector:?}{empty_vector:?}{units:?}{slice:?}{boxed_slice:?}{array:?}{deque:?}{map:?}{empty_map:?}{set:?}{btree:?}{btree_set:?}{empty_btree:?}{some:?}{none:?}{some_text:?}{some_reference:?}{no_reference:?}{ok:?}{err:?}{shared}{shared_too}{arc}{borrowed:?}{path:?}{os_string:?}{cow_borrowed}{cow_owned}{duration:?}{short:?}{tuple:?}{character}{truth}{wide}{pointer:?}"
    );
    println!("{} {} {}", points[0].x + points[0].y, boxed.x + boxed.y, pair.0 + pair.1.len() as i32);
    println!("{} {} {}", circle.area(), dynamic.area(), boxed_dynamic.area() + nothing.area());
    drop((weak, dangling, cell, mutex, atomic, unit));
}
