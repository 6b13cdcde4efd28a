//! XML as the query protocol answers with: elements and texts, no attributes but namespaces.

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Xml {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Xml {
    /// The root of a document.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let mut rest = text;
        let root = Self::element(&mut rest).unwrap_or_else(|| panic!("no XML: {text}"));
        assert_eq!(rest, "", "there is something behind the root: {text}");
        root
    }

    fn element(rest: &mut &str) -> Option<Self> {
        let (tag, behind) = rest.strip_prefix('<')?.split_once('>')?;
        *rest = behind;
        let is_empty = tag.ends_with('/');
        let name = tag.trim_end_matches('/').split(' ').next()?.to_owned();
        let mut element = Self { name, ..Self::default() };
        if is_empty {
            return Some(element);
        }
        let end = format!("</{}>", element.name);
        loop {
            let (text, _) = rest.split_at(rest.find('<')?);
            element.text += &unescape(text);
            *rest = rest.get(text.len()..)?;
            if let Some(behind) = rest.strip_prefix(&end) {
                *rest = behind;
                return Some(element);
            }
            element.children.push(Self::element(rest)?);
        }
    }

    /// What is found along a path of names, as in `User.Arn`.
    pub(crate) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    /// The text at the end of a path.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        let found = self.find(path);
        &found.unwrap_or_else(|| panic!("there is no {path} in {self:?}")).text
    }

    /// The entries of a list.
    #[track_caller]
    pub(crate) fn list(&self, path: &str) -> &[Self] {
        let found = self.find(path);
        let list = found.unwrap_or_else(|| panic!("there is no {path} in {self:?}"));
        assert!(list.children.iter().all(|entry| entry.name == "member"), "{list:?}");
        &list.children
    }

    /// The texts at a path in each of the entries of a list; an empty path for the entries' own.
    #[track_caller]
    pub(crate) fn texts(&self, list: &str, path: &str) -> Vec<&str> {
        let entries = self.list(list).iter();
        entries.map(|entry| if path.is_empty() { &*entry.text } else { entry.text(path) }).collect()
    }
}

fn unescape(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xD;", "\r")];
    let text = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}
