// Types of every kind that Rust has, for the reader of types.
#![allow(dead_code)]
use std::fmt::Debug;

pub trait Shape: Debug {
    fn area(&self) -> f64;
}
#[derive(Debug, Clone)]
pub struct Circle {
    r: f64,
}
impl Shape for Circle {
    fn area(&self) -> f64 {
        self.r
    }
}
#[derive(Debug)]
pub struct Square(u32, u8);
impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 as f64
    }
}
#[derive(Debug, Clone, Copy)]
pub enum Color {
    Red,
    Green = 7,
    Blue = -3,
}
#[derive(Debug)]
pub enum Message {
    Quit,
    Move { x: i32, y: i32 },
    Write(String),
    Paint(Color),
}
#[derive(Debug)]
pub enum Single {
    Only(u64),
}
#[derive(Debug)]
pub enum Nested {
    A(Option<bool>),
    B(Option<bool>),
    C,
}
#[derive(Debug)]
#[repr(u8)]
pub enum Tagged {
    Small(u8) = 3,
    Large(u64) = 200,
}
pub union Either {
    a: u32,
    b: f32,
}
pub mod inner {
    pub mod deep {
        #[derive(Debug)]
        pub struct Pair<T, U> {
            pub first: T,
            pub second: U,
        }
    }
}
#[derive(Debug)]
pub struct Everything<'a> {
    boolean: bool,
    character: char,
    byte: u8,
    signed: i8,
    wide: i128,
    size: usize,
    float: f32,
    unit: (),
    tuple: (i32, &'a str, ()),
    array: [[u8; 3]; 2],
    slice: &'a [u16],
    boxed: Box<i32>,
    raw: *const u8,
    function: fn(i32) -> i32,
    message: Message,
    color: Color,
    single: Single,
    nested: Nested,
    tagged: Tagged,
    niche: Option<Box<Circle>>,
    text: Option<&'a str>,
    pair: inner::deep::Pair<Vec<Option<char>>, Color>,
    shape: &'a dyn Shape,
    owned: Box<dyn Shape>,
}

#[inline(never)]
fn show(everything: &Everything, either: &Either) -> i32 {
    let offset = everything.size as i32;
    let closure = |x: i32| x + offset;
    println!("{:?} {}", everything, closure(unsafe { either.a } as i32)); // #shown
    closure(1)
}

fn increment(x: i32) -> i32 {
    x + 1
}

fn main() {
    let circle = Circle { r: 1.5 };
    let everything = Everything {
        boolean: true,
        character: 'x',
        byte: 1,
        signed: -1,
        wide: -5,
        size: 4,
        float: 0.5,
        unit: (),
        tuple: (1, "two", ()),
        array: [[1, 2, 3], [4, 5, 6]],
        slice: &[1, 2],
        boxed: Box::new(3),
        raw: std::ptr::null(),
        function: increment,
        message: Message::Move { x: 1, y: 2 },
        color: Color::Green,
        single: Single::Only(3),
        nested: Nested::C,
        tagged: Tagged::Large(1),
        niche: None,
        text: Some("a"),
        pair: inner::deep::Pair { first: vec![Some('c')], second: Color::Red },
        shape: &circle,
        owned: Box::new(Square(2, 1)),
    };
    show(&everything, &Either { a: 1 });
}
