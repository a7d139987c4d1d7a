"""Pure text work: HTML to text, sanitising, normal form and hash, word diff, dates, URLs."""
