/// What one algorithm needs; 0 leaves it to the yard. It has to be written out, in a constant named `LIMITS`:
///
/// ```
/// use runyard::Limits;
///
/// pub const LIMITS: &[(&str, Limits)] = &[("ocr", Limits { timeout_ms: 30_000, ..Limits::NONE })];
/// ```
pub struct Limits {
    pub timeout_ms: u64,
    pub max_attempts: u32,
    pub backoff_ms: u64,
    pub max_backoff_ms: u64,
    pub batch: Batch,
}

/// How inputs are collected for a `batch_` function.
pub struct Batch {
    pub max_size: u32,
    pub max_wait_ms: u64,
    pub max_bytes: u64,
}

impl Batch {
    pub const NONE: Batch = Batch {
        max_size: 0,
        max_wait_ms: 0,
        max_bytes: 0,
    };
}

impl Limits {
    pub const NONE: Limits = Limits {
        timeout_ms: 0,
        max_attempts: 0,
        backoff_ms: 0,
        max_backoff_ms: 0,
        batch: Batch::NONE,
    };
}
