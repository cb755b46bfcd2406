use super::algorithm::{member, Algorithm, Call};
use super::answers::Answers;
use super::calls::Calls;
use super::failure::Failure;
use super::panics::{caught, install_hook, WORKER};
use super::request::{Named, Request};
use crate::{CallError, Context};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, Write};
use std::process::exit;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

/// All of an adapter.
pub struct Adapter {
    pub algorithms: &'static [Algorithm],
    pub concurrency: usize,
    pub setup: fn() -> Result<(), Failure>,
    pub teardown: fn() -> Result<(), Failure>,
}

pub const DEFAULT_TARGET: &str = "/tmp/algoout";

/// Takes requests off standard input and runs them in the order they came.
struct Server {
    algorithms: &'static [Algorithm],
    answers: Arc<Answers>,
    calls: Arc<Calls>,
    queue: Mutex<Queue>,
    some: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    running: HashMap<String, Context>,
    over: bool,
}

/// Serves an adapter until the input ends, and ends the process.
pub fn serve(adapter: Adapter) -> ! {
    install_hook();
    let server = Arc::new(Server {
        algorithms: adapter.algorithms,
        answers: Arc::new(open_answers()),
        calls: Arc::default(),
        queue: Mutex::default(),
        some: Condvar::new(),
    });
    exit_on(on_worker(adapter.setup));
    let ready = json!({"protocol": 2, "algorithms": [], "concurrency": adapter.concurrency, "answers": "plain"});
    println!("PIPE_INIT_COMPLETE {ready}");
    let workers: Vec<JoinHandle<()>> = (0..adapter.concurrency)
        .map(|_| {
            let server = Arc::clone(&server);
            spawn(move || server.work())
        })
        .collect();
    server.read();
    for worker in workers {
        let _ = worker.join();
    }
    exit_on(on_worker(adapter.teardown));
    exit(0)
}

pub fn open_answers() -> Answers {
    let target = std::env::var("ALGOOUT").unwrap_or_else(|_| DEFAULT_TARGET.to_owned());
    Answers::open(&target).unwrap_or_else(|error| {
        eprintln!("{target} cannot be opened: {error}");
        exit(1)
    })
}

/// Threads are as large as the main one: recursion goes as deep as anywhere.
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new()
        .name(WORKER.to_owned())
        .stack_size(64 << 20)
        .spawn(run)
        .expect("a thread starts")
}

fn on_worker(hook: fn() -> Result<(), Failure>) -> Result<(), Failure> {
    spawn(move || caught(hook))
        .join()
        .unwrap_or_else(|_| Err(Failure::new("Panic", "a hook panicked")))
}

fn exit_on(end: Result<(), Failure>) {
    if let Err(failure) = end {
        eprintln!(
            "{}: {}\n{}",
            failure.error_type,
            failure.message,
            failure.stacktrace.unwrap_or_default()
        );
        exit(1);
    }
}

impl Server {
    fn read(&self) {
        let mut input = io::stdin().lock();
        let mut line = String::new();
        loop {
            line.clear();
            match input.read_line(&mut line) {
                Ok(0) => break,
                Ok(_) => self.take(&line),
                Err(error) => {
                    eprintln!("The input broke: {error}");
                    break;
                }
            }
        }
        self.calls.abandon();
        self.queue.lock().unwrap().over = true;
        self.some.notify_all();
    }

    fn take(&self, line: &str) {
        let request: Request = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => return self.refuse(line, &error),
        };
        if let Some(question) = &request.called {
            self.calls.settle(question, answer_of(&request));
        } else if let Some(id) = &request.cancel {
            self.cancel(id);
        } else {
            self.queue.lock().unwrap().waiting.push_back(request);
            self.some.notify_one();
        }
    }

    fn refuse(&self, line: &str, error: &serde_json::Error) {
        match serde_json::from_str::<Named>(line) {
            Ok(Named { id }) => {
                self.fail(
                    &id,
                    &Failure::invalid("", format_args!("the request cannot be read: {error}")),
                );
            }
            Err(_) => eprintln!("A line that is no request: {error}"),
        }
    }

    fn cancel(&self, id: &str) {
        let mut queue = self.queue.lock().unwrap();
        if let Some(context) = queue.running.get(id) {
            context.cancel();
        } else if let Some(at) = queue.waiting.iter().position(|request| request.id == id) {
            queue.waiting.remove(at);
            self.fail(id, &Failure::cancelled());
        }
    }

    fn fail(&self, id: &str, failure: &Failure) {
        self.answer(id, &member("error", failure));
    }

    fn answer(&self, id: &str, members: &str) {
        self.answers
            .write_text(&format!("{{\"id\":{},{members}}}\n", json!(id)));
    }

    /// Runs requests one after the other, until there will be no more.
    fn work(&self) {
        while let Some((request, context)) = self.next() {
            let id = request.id.clone();
            let members = self
                .run(request, context.clone())
                .unwrap_or_else(|failure| member("error", &failure));
            self.queue.lock().unwrap().running.remove(&id);
            // What was printed belongs to this run.
            let _ = io::stdout().flush();
            if context.is_cancelled() {
                self.fail(&id, &Failure::cancelled());
            } else {
                self.answer(&id, &members);
            }
        }
    }

    fn next(&self) -> Option<(Request, Context)> {
        let queue = self.queue.lock().unwrap();
        let mut queue = self
            .some
            .wait_while(queue, |queue| queue.waiting.is_empty() && !queue.over)
            .unwrap();
        let request = queue.waiting.pop_front()?;
        let context = Context::new(
            &request.id,
            Arc::clone(&self.answers),
            Arc::clone(&self.calls),
        );
        queue.running.insert(request.id.clone(), context.clone());
        Some((request, context))
    }

    fn run(&self, request: Request, context: Context) -> Result<String, Failure> {
        let name = &request.algorithm;
        let algorithm = self.algorithms.iter().find(|one| one.name == name);
        let algorithm = algorithm.ok_or_else(|| {
            Failure::invalid("", format_args!("there is no algorithm {name} here"))
        })?;
        if request.batch.is_some() && !algorithm.is_batch {
            let message = format!("{name} takes one input at a time, not a batch");
            return Err(Failure::invalid("", message));
        }
        let mut call = Call::new(request, algorithm, context, Arc::clone(&self.answers));
        caught(|| (algorithm.run)(&mut call))
    }
}

fn answer_of(request: &Request) -> Result<String, CallError> {
    if let Some(error) = &request.error {
        return Err(serde_json::from_str(error.get())
            .unwrap_or_else(|_| CallError::new("Error", error.get())));
    }
    Ok(request
        .result
        .as_ref()
        .map_or("null", |result| result.get())
        .to_owned())
}
