use crate::CallError;
use std::collections::HashMap;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Mutex;

type CallAnswer = Result<String, CallError>;

/// The questions to other algorithms that wait for their answers.
#[derive(Default)]
pub struct Calls {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: u64,
    gone: bool,
    waiting: HashMap<String, Sender<CallAnswer>>,
}

impl Calls {
    /// The name of a new question, and where its answer comes.
    pub fn open(&self, run: &str) -> (String, Receiver<CallAnswer>) {
        let mut state = self.state.lock().unwrap();
        let (sender, receiver) = channel();
        state.count += 1;
        let question = format!("{run}/{}", state.count);
        if state.gone {
            let _ = sender.send(Err(gone()));
        }
        state.waiting.insert(question.clone(), sender);
        (question, receiver)
    }

    pub fn settle(&self, question: &str, answer: CallAnswer) {
        if let Some(sender) = self.state.lock().unwrap().waiting.remove(question) {
            // Nobody waits any more where the run was cancelled.
            let _ = sender.send(answer);
        }
    }

    /// Drops the questions of a run that was cancelled; whoever waits hears that.
    pub fn cancel(&self, run: &str) {
        let prefix = format!("{run}/");
        self.state
            .lock()
            .unwrap()
            .waiting
            .retain(|question, _| !question.starts_with(&prefix));
    }

    /// The parent has gone: nobody will answer.
    pub fn abandon(&self) {
        let mut state = self.state.lock().unwrap();
        state.gone = true;
        for (_, sender) in state.waiting.drain() {
            let _ = sender.send(Err(gone()));
        }
    }
}

fn gone() -> CallError {
    CallError::new(
        "Error",
        "the yard is gone; it cannot run another algorithm now",
    )
}
