"""Spreadsheets: tables as CSV and xlsx of any length, and what people upload; the one place that knows the formats."""

from bot.sheets.reading import MAX_BYTES, MOST_ROWS, Line, Unusable, column_letters, read
from bot.sheets.writing import CSV_TYPE, MOST_XLSX_ROWS, XLSX_TYPE, Export, Format, xlsx

__all__ = [
    "CSV_TYPE",
    "MAX_BYTES",
    "MOST_ROWS",
    "MOST_XLSX_ROWS",
    "XLSX_TYPE",
    "Export",
    "Format",
    "Line",
    "Unusable",
    "column_letters",
    "read",
    "xlsx",
]
