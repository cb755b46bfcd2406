/// The algorithm: it takes text, bytes or JSON, by the type of its parameter.
pub fn apply(input: String) -> Result<String, String> {
    Ok(format!("hello {input}"))
}
