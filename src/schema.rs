//! What a lab declares about itself as data: parameters, observables, views, presets.
//!
//! One [`params!`](crate::params) line gives the struct field, its rustdoc, the [`ParamSpec`], the form control, the tooltip,
//! the URL key, the command-line flag, the range check and the error text.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A parameter value as it travels: in JSON, in the URL, from a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(untagged)]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// An integer or real number.
    Number(f64),
    /// The id of one of a parameter's options.
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(b) => b.fmt(f),
            Self::Number(n) => n.fmt(f),
            Self::Text(t) => t.fmt(f),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}
impl From<&str> for Value {
    fn from(t: &str) -> Self {
        Self::Text(t.into())
    }
}

/// Where a parameter stands on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Couplings, sizes, spacings of the theory.
    Physics,
    /// Architecture of the model.
    Network,
    /// Objective and optimiser.
    Training,
    /// The reference chain and the drawing of samples.
    Sampling,
}

/// When a parameter may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Fixed when the session opens: another value is another session.
    Build,
    /// May change while the session runs.
    Live,
}

/// One choice of a [`Kind::Choice`] parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct ChoiceOption {
    /// What stands in the URL and on the command line.
    pub id: &'static str,
    /// What stands on the page.
    pub label: &'static str,
    /// One sentence of help.
    pub doc: &'static str,
}

/// The type of a parameter and what it admits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// `min, min + step, ..., max`.
    Int {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Distance between neighbours.
        step: f64,
    },
    /// A real number in a closed interval.
    Float {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Whether a slider should move in equal ratios.
        log: bool,
    },
    /// On or off.
    Bool,
    /// One of a list.
    Choice {
        /// The list, in the order of the page.
        options: Vec<ChoiceOption>,
    },
    /// Any of a list, at least one: their ids, comma separated, in the order of the list.
    Set {
        /// The list, in the order of the page.
        options: Vec<ChoiceOption>,
    },
}

impl Kind {
    /// Checks `value` against this kind.
    ///
    /// # Errors
    /// [`Error::Param`] with the value and the rule it breaks.
    pub fn check(&self, id: &str, value: &Value) -> Result<(), Error> {
        let rule = match (self, value) {
            (Self::Bool, Value::Bool(_)) => return Ok(()),
            (Self::Bool, _) => "is neither true nor false".into(),
            (Self::Int { min, max, step }, Value::Number(n)) => {
                if !n.is_finite() || n < min || n > max {
                    format!("is outside [{min}, {max}]")
                } else if (n - min) % step != 0.0 {
                    format!("is not one of {min}, {}, ..., {max}", min + step)
                } else {
                    return Ok(());
                }
            }
            (Self::Float { min, max, .. }, Value::Number(n)) => {
                if n.is_finite() && n >= min && n <= max {
                    return Ok(());
                }
                format!("is outside [{min}, {max}]")
            }
            (Self::Int { .. } | Self::Float { .. }, _) => "is not a number".into(),
            (Self::Choice { options }, value) => {
                if let Value::Text(t) = value
                    && options.iter().any(|o| o.id == t)
                {
                    return Ok(());
                }
                format!("is not one of {}", ids(options))
            }
            (Self::Set { options }, Value::Text(t)) => {
                let known = |id: &str| options.iter().any(|o| o.id == id);
                match t.split(',').find(|id| !known(id)) {
                    None => return Ok(()),
                    Some("") => format!("names none, or nothing between two commas; it takes any of {}", ids(options)),
                    Some(other) => format!("names `{other}`, which is none of {}", ids(options)),
                }
            }
            (Self::Set { options }, _) => format!("is not a list of {}", ids(options)),
        };
        Err(Error::param_rule(id, value, rule))
    }

    /// Reads a value of this kind from text (URL, command line) and checks it.
    ///
    /// # Errors
    /// [`Error::Param`] with the text and the rule it breaks.
    pub fn parse(&self, id: &str, text: &str) -> Result<Value, Error> {
        let value = match self {
            Self::Bool => match text {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => Value::Text(text.into()),
            },
            Self::Int { .. } | Self::Float { .. } => {
                text.trim().parse().map_or_else(|_| Value::Text(text.into()), Value::Number)
            }
            Self::Choice { .. } => Value::Text(text.into()),
            // Spaces after commas are how people write lists.
            Self::Set { .. } => Value::Text(text.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        };
        self.check(id, &value).map(|()| value)
    }
}

fn ids(options: &[ChoiceOption]) -> String {
    options.iter().map(|o| o.id).collect::<Vec<_>>().join(", ")
}

/// A parameter as data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct ParamSpec {
    /// Key in the URL, in JSON and on the command line.
    pub id: &'static str,
    /// Symbol in TeX, or a plain word.
    pub symbol: &'static str,
    /// Short name on the page.
    pub label: &'static str,
    /// `1` or a power of the lattice spacing `a`.
    pub unit: &'static str,
    /// Help text.
    pub doc: &'static str,
    /// Where it stands.
    pub group: Group,
    /// When it may change.
    pub stage: Stage,
    /// What it admits.
    pub kind: Kind,
    /// Its value if nothing is said.
    pub default: Value,
    /// Whether it is among the few that show without unfolding "more".
    pub prominent: bool,
}

/// A type that can be a parameter.
pub trait ParamValue: Clone {
    /// To the travelling form.
    fn to_value(&self) -> Value;
    /// From a value that [`Kind::check`] has accepted.
    fn from_value(value: &Value) -> Option<Self>;
}

impl ParamValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bool(b) = value { Some(*b) } else { None }
    }
}
impl ParamValue for f64 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(n) = value { Some(*n) } else { None }
    }
}
impl ParamValue for usize {
    fn to_value(&self) -> Value {
        Value::Number(*self as f64)
    }
    fn from_value(value: &Value) -> Option<Self> {
        // The integrality and range of the number were checked by its kind.
        if let Value::Number(n) = value { Some(*n as Self) } else { None }
    }
}

/// The parameters of a lab, made by [`params!`](crate::params).
pub trait ParamSet: Clone + Default + 'static {
    /// Every parameter, in the order of the page.
    fn specs() -> Vec<ParamSpec>;
    /// The value of `id`.
    fn get(&self, id: &str) -> Option<Value>;
    /// Checks and sets one value.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Param`]; nothing is changed then.
    fn set(&mut self, id: &str, value: &Value) -> Result<(), Error>;

    /// Every parameter's value.
    fn all(&self) -> impl Iterator<Item = (&'static str, Value)> {
        Self::specs().into_iter().map(|spec| (spec.id, self.get(spec.id).expect("every spec has a field")))
    }

    /// The defaults with `overrides` applied.
    ///
    /// # Errors
    /// The first override that is unknown or out of range.
    fn with<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<Self, Error> {
        let mut params = Self::default();
        for (id, value) in overrides {
            params.set(id, value)?;
        }
        Ok(params)
    }
}

/// Declares the parameters of a lab: see the module's first lines for what one line gives.
///
/// ```
/// use lattice_lab::{params, schema::{Kind, ParamSet, Value}};
/// params! {
///     /// A toy.
///     pub struct Params {
///         /// Coupling of the quartic term.
///         lambda: f64 = 1.0, Kind::Float { min: 0.1, max: 5.0, log: true }, (Physics, Live, r"\lambda", "coupling", "1", prominent);
///     }
/// }
/// let mut p = Params::default();
/// let error = p.set("lambda", &Value::Number(99.0)).unwrap_err();
/// assert_eq!(error.to_string(), "lambda = 99 is outside [0.1, 5]");
/// ```
#[macro_export]
macro_rules! params {
    (@prominent) => { false };
    (@prominent prominent) => { true };
    (
        $(#[doc = $struct_doc:expr])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:expr])+
                $id:ident: $ty:ty = $default:expr, $kind:expr,
                    ($group:ident, $stage:ident, $symbol:expr, $label:expr, $unit:expr $(, $prominent:ident)?);
            )*
        }
    ) => {
        $(#[doc = $struct_doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $id: $ty, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $id: $default, )* }
            }
        }

        impl $crate::schema::ParamSet for $name {
            fn specs() -> Vec<$crate::schema::ParamSpec> {
                use $crate::schema::ParamValue as _;
                let default = Self::default();
                vec![ $( $crate::schema::ParamSpec {
                    id: stringify!($id),
                    symbol: $symbol,
                    label: $label,
                    unit: $unit,
                    doc: concat!($($doc),+).trim_ascii(),
                    group: $crate::schema::Group::$group,
                    stage: $crate::schema::Stage::$stage,
                    kind: $kind,
                    default: default.$id.to_value(),
                    prominent: $crate::params!(@prominent $($prominent)?),
                }, )* ]
            }

            fn get(&self, id: &str) -> Option<$crate::schema::Value> {
                use $crate::schema::ParamValue as _;
                match id {
                    $( stringify!($id) => Some(self.$id.to_value()), )*
                    _ => None,
                }
            }

            fn set(&mut self, id: &str, value: &$crate::schema::Value) -> Result<(), $crate::error::Error> {
                use $crate::schema::ParamValue as _;
                match id {
                    $( stringify!($id) => {
                        let kind: $crate::schema::Kind = $kind;
                        kind.check(id, value)?;
                        self.$id = <$ty>::from_value(value).expect("checked by its kind");
                        Ok(())
                    } )*
                    _ => Err($crate::error::Error::unknown("parameter", id, [$( stringify!($id) ),*])),
                }
            }
        }
    };
}

/// Declares an enum that can be a [`Kind::Choice`] parameter; `Type::kind()` is its kind.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $enum_doc:expr])*
        pub enum $name:ident {
            $( $(#[doc = $doc:expr])+ $variant:ident = ($id:expr, $label:expr), )+
        }
    ) => {
        $(#[doc = $enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl $name {
            /// The list of choices.
            pub fn kind() -> $crate::schema::Kind {
                $crate::schema::Kind::Choice { options: Self::options() }
            }

            /// The choices with their words.
            pub fn options() -> Vec<$crate::schema::ChoiceOption> {
                vec![
                    $( $crate::schema::ChoiceOption { id: $id, label: $label, doc: concat!($($doc),+).trim_ascii() }, )+
                ]
            }
        }

        impl $crate::schema::ParamValue for $name {
            fn to_value(&self) -> $crate::schema::Value {
                match self { $( Self::$variant => $id.into(), )+ }
            }
            fn from_value(value: &$crate::schema::Value) -> Option<Self> {
                let $crate::schema::Value::Text(text) = value else { return None };
                match text.as_str() { $( $id => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

/// Members of a list of choices, in its order: the value of a [`Kind::Set`] parameter. `T` is made by [`choice!`](crate::choice).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members<T>(pub Vec<T>);

impl<T: ParamValue> ParamValue for Members<T> {
    fn to_value(&self) -> Value {
        let ids: Vec<String> = self.0.iter().map(|member| member.to_value().to_string()).collect();
        Value::Text(ids.join(","))
    }
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        text.split(',').map(|id| T::from_value(&id.into())).collect::<Option<Vec<T>>>().map(Self)
    }
}

/// An observable as data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct ObservableSpec {
    /// Key in JSON and in files.
    pub id: &'static str,
    /// Symbol in TeX.
    pub symbol: &'static str,
    /// Short name.
    pub label: &'static str,
    /// `1` or a power of the lattice spacing `a`.
    pub unit: &'static str,
    /// Definition and how it is estimated.
    pub doc: &'static str,
    /// Whether it stands in the strip of estimates at the top, or is a diagnostic of the sampler below it.
    pub diagnostic: bool,
}

/// How a view is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// Closed paths, many at once, chain and model side by side.
    Paths,
    /// Curves and points with error bars.
    Curve,
    /// Bars with curves over them.
    Histogram,
    /// A cloud of points.
    Scatter,
    /// Configurations on a square lattice as pictures, chain and model side by side.
    Field,
    /// The same configurations at successive times: series of one role are the frames, their names the times.
    Sequence,
    /// Spins on a square lattice, chain and model side by side: arrows and vortices for angles, a field for Ising spins.
    Spins,
    /// Densities of an angle around a circle; of a spin that is up or down as two bars.
    Polar,
    /// Spectral functions: the true one, which a hand may draw, and one curve with its band for each method.
    Spectrum,
    /// Numbers with errors in rows and columns: a row for each series, a column for each of the view's columns.
    Table,
}

/// An axis of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct AxisSpec {
    /// Symbol in TeX.
    pub symbol: &'static str,
    /// What it is, in words, with its unit if it has one.
    pub label: &'static str,
    /// Logarithmic.
    pub log: bool,
}

impl AxisSpec {
    /// An axis.
    pub const fn new(symbol: &'static str, label: &'static str, log: bool) -> Self {
        Self { symbol, label, log }
    }
}

/// A view as data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct ViewSpec {
    /// Key.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What one sees, and what it should look like.
    pub doc: &'static str,
    /// How it is drawn.
    pub kind: ViewKind,
    /// Horizontal axis.
    pub x: AxisSpec,
    /// Vertical axis.
    pub y: AxisSpec,
}

/// A named set of differences from the defaults.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Preset {
    /// Key in the URL and on the command line.
    pub id: &'static str,
    /// Name on the page.
    pub title: &'static str,
    /// What to look for.
    pub look_for: &'static str,
    /// About how long it takes on a two-core laptop without a GPU.
    pub takes: &'static str,
    /// The views to show first.
    pub views: Vec<&'static str>,
    /// What differs from the defaults.
    pub params: Vec<(&'static str, Value)>,
    /// Trained weights to start from: a snapshot's file name in `www/weights`.
    pub weights: Option<&'static str>,
}

/// The story of a lab: three short texts in Markdown-free prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Story {
    /// What is on the screen.
    pub what_you_see: &'static str,
    /// What to do with it.
    pub what_to_try: &'static str,
    /// Where it misleads.
    pub how_it_can_fool_you: &'static str,
}

/// Everything a lab declares, as one object: what `lattice-lab describe` prints and what the page builds its controls from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct LabDescription {
    /// Key.
    pub id: &'static str,
    /// Name in the menu.
    pub title: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The theory in TeX. `\class{p-ID}{..}` marks the places where the page writes the value of parameter `ID`.
    pub formula: &'static str,
    /// The same with the numbers' places marked.
    pub formula_with_numbers: &'static str,
    /// Words for the model's samples and its chain, as headings of the two panes.
    pub story: Story,
    /// Papers, as (title, address).
    pub references: Vec<(&'static str, &'static str)>,
    /// What a file of training data has to hold, if the lab takes one.
    pub data: Option<&'static str>,
    /// Parameters.
    pub params: Vec<ParamSpec>,
    /// Observables.
    pub observables: Vec<ObservableSpec>,
    /// Views.
    pub views: Vec<ViewSpec>,
    /// Presets; the first is the default and differs from the defaults in nothing.
    pub presets: Vec<Preset>,
}
