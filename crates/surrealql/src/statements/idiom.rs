//! Paths, and what a path does on its way.

use surrealdb_sql::part::{DestructurePart, RecurseInstruction};
use surrealdb_sql::{Expr, Idiom, Part};

use super::checks;
use super::walk::{Checked, Walk};

impl Walk {
    pub fn idiom(&self, Idiom(parts): &mut Idiom) -> Checked {
        parts.iter_mut().try_for_each(|part| self.part(part))
    }

    pub fn idioms<'i>(&self, idioms: impl IntoIterator<Item = &'i mut Idiom>) -> Checked {
        idioms.into_iter().try_for_each(|idiom| self.idiom(idiom))
    }

    fn part(&self, part: &mut Part) -> Checked {
        match part {
            Part::All
            | Part::Flatten
            | Part::Last
            | Part::First
            | Part::Field(_)
            | Part::Optional
            | Part::Doc
            | Part::RepeatRecurse => Ok(()),
            Part::Value(expr) | Part::Start(expr) => self.expr(expr),
            Part::Where(predicate) => self.filter(predicate),
            Part::Graph(lookup) => self.lookup(lookup),
            Part::Method(name, arguments) => self.method(name.as_str(), arguments),
            Part::Destructure(parts) => self.destructure(parts),
            Part::Recurse(_, path, instruction) => {
                self.idioms(path)?;
                instruction.iter_mut().try_for_each(|instruction| self.recurse(instruction))
            }
        }
    }

    fn filter(&self, predicate: &mut Expr) -> Checked {
        let before = self.costs.replace(0);
        self.expr(predicate)?;
        // Comparisons of fields need no check, and are many.
        if self.costs.get() > 0 {
            checks::filter(predicate);
        }
        self.costs.set(before + 1);
        Ok(())
    }

    fn destructure(&self, parts: &mut [DestructurePart]) -> Checked {
        for part in parts {
            match part {
                DestructurePart::All(_) | DestructurePart::Field(_) => {}
                DestructurePart::Aliased(_, idiom) => self.idiom(idiom)?,
                DestructurePart::Destructure(_, parts) => self.destructure(parts)?,
            }
        }
        Ok(())
    }

    fn recurse(&self, instruction: &mut RecurseInstruction) -> Checked {
        match instruction {
            RecurseInstruction::Path { inclusive: _ } | RecurseInstruction::Collect { inclusive: _ } => Ok(()),
            RecurseInstruction::Shortest { expects, inclusive: _ } => self.expr(expects),
        }
    }
}
