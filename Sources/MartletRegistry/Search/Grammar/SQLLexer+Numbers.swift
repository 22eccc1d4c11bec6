/// Numbers: a letter behind one takes a digit away from it, since the expressions of sqlparse step back by one.
extension SQLLexer {
    func number(at place: Int) -> Match? {
        let start = text[place] == "-" ? place + 1 : place
        guard let first = text[start], first.isDigit || first == "." else { return nil }
        return hexadecimal(at: start) ?? exponential(at: start) ?? fraction(at: start) ?? integer(at: start)
    }

    private func hexadecimal(at start: Int) -> Match? {
        guard text.holds("0x", at: start) || text.holds("0X", at: start) else { return nil }
        let end = text.end(of: { $0.isDigit || (0x41...0x46).contains($0.value & ~0x20) }, from: start + 2)
        return end > start + 2 ? (.hexadecimal, end) : nil
    }

    /// `1E5`, `1.5e-3`; a plus in the exponent is none of it.
    private func exponential(at start: Int) -> Match? {
        var end = text.end(of: \.isDigit, from: start)
        guard end > start else { return nil }
        if text[end] == "." {
            let fraction = text.end(of: \.isDigit, from: end + 1)
            if fraction > end + 1 { end = fraction }
        }
        guard text[end] == "e" || text[end] == "E" else { return nil }
        let digits = text[end + 1] == "-" ? end + 2 : end + 1
        let last = text.end(of: \.isDigit, from: digits)
        return last > digits ? (.float, last) : nil
    }

    /// `1.5`, `1.` or `.5`.
    private func fraction(at start: Int) -> Match? {
        let whole = text.end(of: \.isDigit, from: start)
        guard text[whole] == "." else { return nil }
        let end = text.end(of: \.isDigit, from: whole + 1)
        let digitsMin = whole > start ? 0 : 1
        guard end - whole - 1 >= digitsMin else { return nil }
        return withoutLetterBehind(end, min: whole + 1 + digitsMin).map { (.float, $0) }
    }

    private func integer(at start: Int) -> Match? {
        let end = text.end(of: \.isDigit, from: start)
        guard end > start else { return nil }
        return withoutLetterBehind(end, min: start + 1).map { (.integer, $0) }
    }

    private func withoutLetterBehind(_ end: Int, min: Int) -> Int? {
        guard let next = text[end], next.isNameStart || next == "_" else { return end }
        return end - 1 >= min ? end - 1 : nil
    }
}
