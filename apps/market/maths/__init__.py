"""Pure maths on arrays: no database, no clock, no Django."""
