// Enums of every layout, slices, strings, pattern matching, a tokenizer, results.
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Symbol(char),
    Pair { left: u8, right: i64 },
    End,
}

#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Level {
    Low = 1,
    Middle = 5,
    High = 200,
}

#[derive(Debug)]
enum Tree {
    Leaf,
    Node(Box<Tree>, i32, Box<Tree>),
}

impl Tree {
    fn insert(self, value: i32) -> Tree {
        match self {
            Tree::Leaf => Tree::Node(Box::new(Tree::Leaf), value, Box::new(Tree::Leaf)),
            Tree::Node(left, own, right) => {
                if value < own { // #stop
                    Tree::Node(Box::new(left.insert(value)), own, right)
                } else {
                    Tree::Node(left, own, Box::new(right.insert(value)))
                }
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Tree::Leaf => 0,
            Tree::Node(left, value, right) => {
                let below = left.depth().max(right.depth());
                let here = below + usize::from(*value != 0);
                here // #stop
            }
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    seen: [u16; 4],
}

#[derive(Debug)]
struct Mistake {
    column: usize,
    what: &'static str,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.column, self.what)
    }
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Result<Token, Mistake> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && bytes[self.at] == b' ' {
            self.at += 1;
        }
        let start = self.at;
        let first = match bytes.get(start) {
            None => return Ok(Token::End),
            Some(first) => *first,
        };
        self.at += 1; // #stop
        if first.is_ascii_digit() {
            while self.at < bytes.len() && bytes[self.at].is_ascii_digit() {
                self.at += 1;
            }
            let digits = &self.text[start..self.at];
            let number: f64 = digits.parse().unwrap_or(0.0);
            self.seen[0] += 1; // #stop
            return Ok(Token::Number(number));
        }
        if first.is_ascii_alphabetic() {
            while self.at < bytes.len() && bytes[self.at].is_ascii_alphabetic() {
                self.at += 1;
            }
            let name = self.text[start..self.at].to_string();
            self.seen[1] += 1; // #stop
            return Ok(Token::Name(name));
        }
        match first {
            b'+' | b'-' => Ok(Token::Symbol(first as char)),
            b':' => Ok(Token::Pair { left: first, right: start as i64 }),
            _ => Err(Mistake { column: start, what: "odd character" }),
        }
    }
}

#[inline(never)]
fn largest(values: &[i32]) -> Option<&i32> {
    let mut best = values.first()?;
    for value in values {
        if value > best { // #stop
            best = value;
        }
    }
    Some(best)
}

#[inline(never)]
fn level_of(value: i32) -> Level {
    let level = if value > 100 { Level::High } else if value > 10 { Level::Middle } else { Level::Low };
    level // #stop
}

fn main() {
    let mut lexer = Lexer { text: "one + 22 : x ?", at: 0, seen: [0; 4] };
    let mut tokens = Vec::new();
    let mistake = loop {
        match lexer.next() {
            Ok(Token::End) => break None,
            Ok(token) => tokens.push(token), // #stop
            Err(mistake) => break Some(mistake),
        }
    };
    let mut tree = Tree::Leaf;
    for value in [5, 2, 8, 1] {
        tree = tree.insert(value);
    }
    let depth = tree.depth();
    let values = [3, 17, -4, 9];
    let best = largest(&values[1..]);
    let level = level_of(*best.unwrap_or(&0));
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    *counts.entry("a").or_insert(0) += 2;
    let unit = ();
    let tuple = (1u8, 'é', true, -5i128, 2.5f32);
    println!("{:?} {} {:?} {} {:?} {:?}", tokens.len(), depth, best, level as u8, tuple, unit); // #stop
    println!("{} {}", mistake.map_or(String::new(), |m| m.to_string()), counts.len());
}
