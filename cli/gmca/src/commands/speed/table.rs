// SPDX-License-Identifier: Apache-2.0
//! The table for a terminal.

use super::Row;
use crate::output;
use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

/// A line for each row; what is measured stands where it changes.
pub(super) fn print(rows: &[Row]) -> Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header([
        "operation",
        "bytes",
        "suite",
        "engine",
        "level",
        "per second",
        "MB/s",
        "kcycles",
    ]);
    for column in [1, 5, 6, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut last = (String::new(), 0);
    for row in rows {
        let head = (row.op.to_owned(), row.size);
        let (op, size) = if head == last {
            (String::new(), String::new())
        } else {
            (row.op.to_owned(), row.size.to_string())
        };
        last = head;
        table.add_row([
            op,
            size,
            row.suite.to_string(),
            row.engine.clone(),
            row.level.clone(),
            format!("{:.0}", row.per_s),
            number(row.mb_s),
            number(row.cycles.map(|cycles| cycles / 1000.0)),
        ]);
    }
    output::line(table)?;
    output::line("cycles are estimated from the clock during this run; compare rows, not runs")
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |v| format!("{v:.1}"))
}
