use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::io::FromRawFd;
use std::sync::Mutex;

/// The way back to the parent. A document is written whole, under a lock.
pub struct Answers {
    file: Mutex<File>,
}

impl Answers {
    /// Opens what ALGOOUT names; `/dev/fd/N` is a descriptor that is open already.
    pub fn open(target: &str) -> io::Result<Self> {
        let file = match target
            .strip_prefix("/dev/fd/")
            .and_then(|number| number.parse().ok())
        {
            // SAFETY: the parent opened the descriptor for this process, and nothing else in here uses it.
            Some(descriptor) => unsafe { File::from_raw_fd(descriptor) },
            None => OpenOptions::new().write(true).open(target)?,
        };
        Ok(Answers {
            file: Mutex::new(file),
        })
    }

    pub fn write(&self, document: &Value) {
        self.write_text(&format!("{document}\n"));
    }

    /// `text` is one document and a newline.
    pub fn write_text(&self, text: &str) {
        let mut file = self.file.lock().unwrap();
        if let Err(error) = write_all(&mut file, text.as_bytes()) {
            eprintln!("The answer pipe broke: {error}");
            std::process::exit(1);
        }
    }
}

/// The parent's end may be a socket that does not wait.
fn write_all(file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
