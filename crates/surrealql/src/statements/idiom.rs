//! Paths, and what a path does on its way.

use surrealdb_sql::part::{DestructurePart, RecurseInstruction};
use surrealdb_sql::{Expr, Idiom, Part};

use super::bounds;
use super::walk::{Verdict, Walk, refuse};

impl Walk {
    pub fn idiom(&self, Idiom(parts): &mut Idiom) -> Verdict {
        // SurrealDB does not check for the end between elements. A filter in a filter takes time linear in the stored elements
        // if it filters a field of them, else the product of both lengths.
        let filters = parts.iter().any(|part| matches!(part, Part::Where(_)));
        if filters && self.filters.get() > 0 && !matches!(parts.first(), Some(Part::Field(_))) {
            return refuse("has a filter in a filter on a value that is no field of the element");
        }
        if bounds::makes_arrays(parts) {
            return refuse("makes an array of each element: to_array or to_set on a path of several values");
        }
        parts.iter_mut().try_for_each(|part| self.part(part))?;
        if self.stop_points.is_of_a_value() || !matches!(parts.first(), Some(Part::Field(_))) {
            bounds::limit_texts(parts);
        }
        Ok(())
    }

    pub fn idioms<'i>(&self, idioms: impl IntoIterator<Item = &'i mut Idiom>) -> Verdict {
        idioms.into_iter().try_for_each(|idiom| self.idiom(idiom))
    }

    fn part(&self, part: &mut Part) -> Verdict {
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

    fn filter(&self, predicate: &mut Expr) -> Verdict {
        self.filters.update(|filters| filters + 1);
        self.stop_points.for_each_element(|| self.expr(predicate))?;
        self.filters.update(|filters| filters - 1);
        Ok(())
    }

    fn destructure(&self, parts: &mut [DestructurePart]) -> Verdict {
        for part in parts {
            match part {
                DestructurePart::All(_) | DestructurePart::Field(_) => {}
                DestructurePart::Aliased(_, idiom) => self.idiom(idiom)?,
                DestructurePart::Destructure(_, parts) => self.destructure(parts)?,
            }
        }
        Ok(())
    }

    fn recurse(&self, instruction: &mut RecurseInstruction) -> Verdict {
        match instruction {
            RecurseInstruction::Path { inclusive: _ } | RecurseInstruction::Collect { inclusive: _ } => Ok(()),
            RecurseInstruction::Shortest { expects, inclusive: _ } => self.expr(expects),
        }
    }
}
