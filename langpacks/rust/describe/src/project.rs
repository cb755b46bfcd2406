use std::collections::hash_map::DefaultHasher;
use std::env;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use toml::value::Table;
use toml::Value;

/// The folder that is described, and where things are made of it.
pub struct Project {
    pub root: PathBuf,
    /// The adapter, or the file with `apply`.
    pub source: PathBuf,
    pub classic: bool,
    out: PathBuf,
    langpack: PathBuf,
    /// A crate that holds nothing but a main, beside the project's own files.
    package: PathBuf,
    /// Where cargo keeps what it compiled: for all projects of this user, so that a crate is compiled once.
    target: PathBuf,
    binary: String,
}

type End = Result<(), Box<dyn Error>>;

impl Project {
    pub fn open() -> Result<Self, Box<dyn Error>> {
        let path = |name: &str| {
            env::var_os(name)
                .map(PathBuf::from)
                .ok_or(format!("{name} is not set"))
        };
        let root = path("RUNYARD_PROJECT")?;
        let cache = path("RUNYARD_CACHE")?;
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        Ok(Project {
            source: path("RUNYARD_ADAPTER")?,
            classic: env::var("RUNYARD_KIND").as_deref() == Ok("classic"),
            out: path("RUNYARD_BUILD")?,
            langpack: path("RUNYARD_LANGPACK")?,
            package: cache.join("rust"),
            target: path("RUNYARD_RUST_CACHE")?.join("target"),
            binary: format!("pipe-{:016x}", hasher.finish()),
            root,
        })
    }

    /// Fetches the crates that the project and the pipe need.
    pub fn setup(&self) -> End {
        self.write_package("fn main() {}\n")?;
        let status = self.cargo("fetch").status()?;
        if !status.success() {
            return Err(format!("cargo fetch ended with {status}").into());
        }
        self.keep_lock()
    }

    /// Compiles the project with a main to `pipe` in the build folder.
    pub fn build(&self, main: &str) -> End {
        self.write_package(main)?;
        let mut build = self.cargo("build");
        let output = build
            .args(["--release", "--quiet", "--bin", &self.binary])
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(
                format!("cargo build:\n{}", String::from_utf8_lossy(&output.stderr)).into(),
            );
        }
        self.keep_lock()?;
        fs::create_dir_all(&self.out)?;
        fs::copy(
            self.target.join("release").join(&self.binary),
            self.out.join("pipe"),
        )?;
        Ok(())
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new("cargo");
        command
            .arg(subcommand)
            .arg("--manifest-path")
            .arg(self.package.join("Cargo.toml"));
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    fn write_package(&self, main: &str) -> End {
        fs::create_dir_all(&self.package)?;
        let manifest = toml::to_string(&Value::Table(self.manifest()?))?;
        write_changed(&self.package.join("Cargo.toml"), manifest.as_bytes())?;
        write_changed(&self.package.join("main.rs"), main.as_bytes())?;
        let seed = self.package.join("seed.lock");
        let own = fs::read(self.root.join("Cargo.lock"));
        let wanted = own.or_else(|_| fs::read(self.langpack.join("Cargo.lock")))?;
        // Cargo writes its own lock file; it is made anew when the one it began with changed.
        if fs::read(&seed).ok().as_ref() != Some(&wanted) {
            fs::write(self.package.join("Cargo.lock"), &wanted)?;
            fs::write(&seed, &wanted)?;
        }
        Ok(())
    }

    /// The project's manifest, with package runyard, the adapter as a library, and a main for it.
    fn manifest(&self) -> Result<Table, Box<dyn Error>> {
        let mut manifest = self.own_manifest()?;
        let edition = manifest
            .get("package")
            .and_then(|one| one.get("edition"))
            .cloned();
        let mut package = Table::new();
        package.insert("name".into(), "adapter".into());
        package.insert("version".into(), "0.0.0".into());
        package.insert("edition".into(), edition.unwrap_or_else(|| "2021".into()));
        package.insert("publish".into(), false.into());
        manifest.insert("package".into(), Value::Table(package));
        let dependencies = manifest
            .entry("dependencies")
            .or_insert_with(|| Value::Table(Table::new()));
        let dependencies = dependencies
            .as_table_mut()
            .ok_or("Cargo.toml: dependencies must be a table")?;
        for name in ["chrono", "serde", "serde_json"] {
            dependencies
                .entry(name)
                .or_insert_with(|| default_dependency(name));
        }
        dependencies.insert(
            "runyard".into(),
            path_dependency(&self.langpack.join("runyard")),
        );
        manifest.insert("lib".into(), target("runner_adapter", &self.source));
        let mut main = target(&self.binary, Path::new("main.rs"));
        main.as_table_mut()
            .map(|table| table.insert("doc".into(), false.into()));
        manifest.insert("bin".into(), Value::Array(vec![main]));
        manifest.insert("workspace".into(), Value::Table(Table::new()));
        let profile: Table = toml::from_str("[release]\nincremental = true\ndebug = 1\n")?;
        manifest.entry("profile").or_insert(Value::Table(profile));
        Ok(manifest)
    }

    /// What counts of the project's own manifest, with the paths in it made absolute.
    fn own_manifest(&self) -> Result<Table, Box<dyn Error>> {
        let text = match fs::read_to_string(self.root.join("Cargo.toml")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Table::new()),
            Err(error) => return Err(error.into()),
        };
        let mut manifest: Table =
            toml::from_str(&text).map_err(|error| format!("Cargo.toml: {error}"))?;
        for unused in [
            "bin",
            "lib",
            "bench",
            "test",
            "example",
            "workspace",
            "dev-dependencies",
        ] {
            manifest.remove(unused);
        }
        for key in ["dependencies", "target", "patch", "build-dependencies"] {
            if let Some(table) = manifest.get_mut(key) {
                self.make_absolute(table);
            }
        }
        Ok(manifest)
    }

    fn make_absolute(&self, value: &mut Value) {
        if let Value::Table(table) = value {
            for (key, inner) in table.iter_mut() {
                match inner {
                    Value::String(path) if key == "path" => {
                        *path = self.root.join(&*path).to_string_lossy().into_owned();
                    }
                    _ => self.make_absolute(inner),
                }
            }
        }
    }

    /// A project with a manifest of its own keeps the versions it was built with.
    fn keep_lock(&self) -> End {
        let own = self.root.join("Cargo.lock");
        if self.root.join("Cargo.toml").exists() && !own.exists() {
            fs::copy(self.package.join("Cargo.lock"), own)?;
            fs::copy(
                self.package.join("Cargo.lock"),
                self.package.join("seed.lock"),
            )?;
        }
        Ok(())
    }
}

fn default_dependency(name: &str) -> Value {
    let text = match name {
        "chrono" => {
            r#"one = { version = "0.4.32", default-features = false, features = ["std", "serde", "now"] }"#
        }
        "serde" => r#"one = { version = "1", features = ["derive"] }"#,
        _ => r#"one = "1""#,
    };
    text.parse::<Value>().expect("a constant is TOML")["one"].clone()
}

fn path_dependency(path: &Path) -> Value {
    let mut table = Table::new();
    table.insert("path".into(), path.to_string_lossy().into_owned().into());
    Value::Table(table)
}

fn target(name: &str, path: &Path) -> Value {
    let mut table = Table::new();
    table.insert("name".into(), name.into());
    table.insert("path".into(), path.to_string_lossy().into_owned().into());
    Value::Table(table)
}

/// Leaves a file that is right already as it is: cargo goes by times.
fn write_changed(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if fs::read(path).ok().as_deref() == Some(content) {
        return Ok(());
    }
    fs::write(path, content)
}
