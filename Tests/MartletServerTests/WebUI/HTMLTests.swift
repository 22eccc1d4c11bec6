import Testing

@testable import MartletServer

@Suite struct HTMLTests {
    @Test func `what is put into markup is escaped, and markup is not escaped again`() {
        let name = "<b>\"&'"
        let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
        let row: HTML = "<tr>\(cell)\([cell])\(7)</tr>"
        let escaped = "&lt;b&gt;&quot;&amp;&#39;"
        let expected = "<td title=\"\(escaped)\">\(escaped)</td>"
        #expect(cell.text == expected)
        #expect(row.text == "<tr>\(expected)\(expected)7</tr>")
    }

    @Test(arguments: ["\u{0}", "\u{1b}", "\u{7f}", "\u{9b}", "\u{202e}", "\u{2066}", "\r"])
    func `what would turn the text around it, or is shown by nothing, is replaced`(character: String) {
        #expect(HTML.escaped("a\(character)b") == "a\u{fffd}b")
    }

    @Test func `lines, tabs and the letters of any script stay`() {
        let text = "a\n\tб → 日 🐦"
        #expect(HTML.escaped(text) == text)
    }
}
