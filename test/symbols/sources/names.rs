// Names for the demanglers: generics, closures, trait methods, constants, function pointers, other alphabets.
use std::collections::HashMap;
use std::fmt::Debug;

mod inner {
    pub struct Series<T, const N: usize>(pub [T; N]);

    impl<T: std::fmt::Debug, const N: usize> Series<T, N> {
        #[inline(never)]
        pub fn show<F: Fn(&T) -> String>(&self, f: F) -> String {
            self.0.iter().map(|x| f(x)).collect()
        }
    }

    pub trait Go {
        fn go(&self) -> i32;
    }

    impl<T> Go for Series<T, 3> {
        #[inline(never)]
        fn go(&self) -> i32 {
            3
        }
    }
}

use inner::Go;

#[inline(never)]
fn größe(x: &dyn Debug) {
    println!("{:?}", x);
}

#[inline(never)]
fn call(f: &mut dyn FnMut(i32, &str) -> Option<u8>) -> Option<u8> {
    f(1, "x")
}

#[inline(never)]
fn constants<const B: bool, const C: char, const I: i8>() -> u32 {
    if B { C as u32 } else { I as u32 }
}

#[inline(never)]
fn pointers<T>(f: T, t: (u8, &'static mut [i64])) -> i64 {
    std::mem::forget(f);
    t.0 as i64 + t.1[0]
}

extern "C" fn double(x: i32) -> i32 {
    x * 2
}

fn main() {
    let s = inner::Series([1, 2, 3]);
    println!("{}", s.show(|x| format!("{}", x)));
    println!("{}", s.go());
    größe(&vec![1, 2]);
    größe(&HashMap::<String, (u8,)>::new());
    let mut n = 0;
    println!("{:?}", call(&mut |a, b| { n += a; b.bytes().next() }));
    println!("{} {}", constants::<true, 'x', 1>(), constants::<false, '\'', -7>());
    let l: &'static mut [i64] = Box::leak(vec![1i64].into_boxed_slice());
    println!("{}", pointers(double as extern "C" fn(i32) -> i32, (1, l)));
    let d: Box<dyn for<'a> Fn(&'a str) -> &'a str + Send> = Box::new(|x| x);
    let l: &'static mut [i64] = Box::leak(vec![1i64].into_boxed_slice());
    println!("{}", pointers(d, (1, l)));
}
