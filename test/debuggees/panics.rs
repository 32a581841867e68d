// Panics of every sort, chosen by the first argument.
use std::panic;
use std::thread;

fn pick(values: &[i32], index: usize) -> i32 {
    values[index] // #index
}

fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    match what.as_str() {
        "static" => panic!("static text"), // #static
        "format" => panic!("formatted {} and {}", what, 42), // #format
        "any" => panic::panic_any(17u32),
        "unwrap" => {
            let result: Result<i32, String> = Err("bad".into());
            result.unwrap(); // #unwrap
        }
        "index" => println!("{}", pick(&[1, 2, 3], what.len())),
        "caught" => {
            let caught = panic::catch_unwind(|| panic!("caught one")); // #caught
            println!("{}", caught.is_err());
        }
        "thread" => {
            let worker = thread::Builder::new().name("worker".into());
            let ended = worker.spawn(|| panic!("in a thread")).unwrap().join();
            println!("{}", ended.is_err());
        }
        _ => println!("calm"),
    }
}
