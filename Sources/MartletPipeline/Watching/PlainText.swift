/// What commands say, as it may stand in a line of a terminal.
extension StringProtocol {
    /// Without sequences that steer a terminal (ECMA-48), such as those of colours, and without what turns the text around it; a tabulator is
    /// a blank.
    var plain: String {
        let sequence = #/\u{1b}(?:\[[0-?]*[ -\/]*[@-~]|\][^\u{7}\u{1b}]*(?:\u{7}|\u{1b}\\)?|.)?/#.matchingSemantics(.unicodeScalar)
        var plain = String.UnicodeScalarView()
        for scalar in String(self).replacing(sequence, with: "").unicodeScalars {
            switch scalar {
            case "\t": plain.append(" ")
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}"..."\u{202e}", "\u{2066}"..."\u{2069}": continue
            default: plain.append(scalar)
            }
        }
        return String(plain)
    }

    /// How many columns of a terminal it takes.
    var columnCount: Int { reduce(0) { $0 + $1.columnCount } }

    /// Cut off where it takes more columns, with a sign that it was.
    func fitted(columns: Int) -> String {
        guard columnCount > columns else { return String(self) }
        var (fitted, count) = ("", 1)
        for character in self {
            count += character.columnCount
            guard count <= columns else { break }
            fitted.append(character)
        }
        return columns > 0 ? "\(fitted)…" : ""
    }
}

extension Character {
    /// Those of Unicode's Standard Annex 11 that are wide, in round ranges, and pictures.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe0f...0xfe0f, 0xfe30...0xfe6f,
        0xff01...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd,
    ]

    fileprivate var columnCount: Int {
        if isASCII { return 1 }
        return unicodeScalars.contains { scalar in Self.wide.contains { $0.contains(scalar.value) } } ? 2 : 1
    }
}
