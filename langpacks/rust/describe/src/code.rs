use crate::problems::Problems;
use proc_macro2::Span;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Item, ItemEnum, ItemFn, ItemStruct, ItemType};

/// A type of the project by its name.
pub enum UserType {
    Struct(ItemStruct),
    Enum(ItemEnum),
    Alias(ItemType),
}

/// A type and the file it is in.
pub struct Declared {
    pub file: PathBuf,
    pub declaration: UserType,
}

/// The project's source: the adapter and the modules it names.
#[derive(Default)]
pub struct Code {
    pub file: PathBuf,
    pub items: Vec<Item>,
    types: HashMap<String, Vec<Declared>>,
    /// Names of traits with the type they are implemented for by hand.
    pub implemented: Vec<(String, String)>,
    /// What `use` calls by another name: that name, and the whole path.
    pub imported: BTreeMap<String, String>,
}

impl Code {
    pub fn read(file: &Path, problems: &mut Problems) -> Self {
        let mut code = Code {
            file: file.to_owned(),
            ..Code::default()
        };
        if let Some(items) = parse(file, problems) {
            let folder = file.parent().unwrap_or(file).to_owned();
            code.visit(file, &folder, &items, problems);
            code.items = items;
        }
        code
    }

    pub fn functions(&self) -> impl Iterator<Item = &ItemFn> {
        self.items.iter().filter_map(|item| {
            if let Item::Fn(function) = item {
                Some(function)
            } else {
                None
            }
        })
    }

    /// The type of a name; several types of one name cannot be told apart here.
    pub fn find(&self, name: &str) -> Result<Option<&Declared>, String> {
        match self.types.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some(several) => {
                let files: Vec<String> = several
                    .iter()
                    .map(|one| one.file.display().to_string())
                    .collect();
                Err(format!(
                    "there are several types called {name}, in {}; give them different names",
                    files.join(" and ")
                ))
            }
        }
    }

    /// Whether somebody wrote `impl Trait for Type`.
    pub fn implements(&self, trait_name: &str, type_name: &str) -> bool {
        self.implemented
            .iter()
            .any(|(one, of)| one == trait_name && of == type_name)
    }

    fn visit(&mut self, file: &Path, folder: &Path, items: &[Item], problems: &mut Problems) {
        for item in items {
            match item {
                Item::Struct(one) => {
                    self.declare(file, one.ident.to_string(), UserType::Struct(one.clone()))
                }
                Item::Enum(one) => {
                    self.declare(file, one.ident.to_string(), UserType::Enum(one.clone()))
                }
                Item::Type(one) => {
                    self.declare(file, one.ident.to_string(), UserType::Alias(one.clone()))
                }
                Item::Impl(one) => self.note_impl(one),
                Item::Use(one) => self.note_use(&one.tree, ""),
                Item::Mod(one) => self.enter(one, file, folder, problems),
                _ => {}
            }
        }
    }

    fn declare(&mut self, file: &Path, name: String, declaration: UserType) {
        self.types.entry(name).or_default().push(Declared {
            file: file.to_owned(),
            declaration,
        });
    }

    fn note_impl(&mut self, one: &syn::ItemImpl) {
        if let (Some((_, path, _)), syn::Type::Path(of)) = (&one.trait_, &*one.self_ty) {
            if let (Some(name), Some(of)) = (path.segments.last(), of.path.segments.last()) {
                self.implemented
                    .push((name.ident.to_string(), of.ident.to_string()));
            }
        }
    }

    fn note_use(&mut self, tree: &syn::UseTree, prefix: &str) {
        match tree {
            syn::UseTree::Path(one) => {
                self.note_use(&one.tree, &format!("{prefix}{}::", one.ident))
            }
            syn::UseTree::Name(one) => {
                self.imported
                    .insert(one.ident.to_string(), format!("{prefix}{}", one.ident));
            }
            syn::UseTree::Rename(one) => {
                self.imported
                    .insert(one.rename.to_string(), format!("{prefix}{}", one.ident));
            }
            syn::UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|one| self.note_use(one, prefix)),
            syn::UseTree::Glob(_) => {}
        }
    }

    /// Goes into a module, in the same file or in one of its own.
    fn enter(
        &mut self,
        module: &syn::ItemMod,
        file: &Path,
        folder: &Path,
        problems: &mut Problems,
    ) {
        let name = module.ident.to_string();
        if is_test(module) {
            return;
        }
        if let Some((_, items)) = &module.content {
            return self.visit(file, &folder.join(name), items, problems);
        }
        let beside = folder.join(format!("{name}.rs"));
        let inside = folder.join(&name).join("mod.rs");
        let path = [beside, inside].into_iter().find(|path| path.exists());
        // A module that is not found is for the compiler to complain of.
        if let Some(path) = path {
            if let Some(items) = parse(&path, problems) {
                self.visit(&path, &folder.join(name), &items, problems);
            }
        }
    }
}

fn is_test(module: &syn::ItemMod) -> bool {
    module.attrs.iter().any(|one| one.path().is_ident("cfg"))
}

fn parse(file: &Path, problems: &mut Problems) -> Option<Vec<Item>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            problems.add(
                file,
                Span::call_site(),
                "",
                "",
                format!("it cannot be read: {error}"),
            );
            return None;
        }
    };
    match syn::parse_file(&text) {
        Ok(parsed) => Some(parsed.items),
        Err(error) => {
            problems.add(file, error.span(), "", "", error.to_string());
            None
        }
    }
}
