extension String {
    /// The text in lines of at most `width` characters, broken at spaces; lines after the first are indented.
    func wrapped(indent: Int = 0, width: Int = 80) -> [String] {
        let lead = String(prefix { $0 == " " })
        var lines: [String] = []
        var line = lead
        for word in split(separator: " ") {
            if line.count + word.count + 1 > width, line.contains(where: { $0 != " " }) {
                lines.append(line)
                line = lead + String(repeating: " ", count: indent)
            }
            line += (line.allSatisfy { $0 == " " } ? "" : " ") + word
        }
        return lines + [line]
    }
}
