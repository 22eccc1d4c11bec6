import Testing

@testable import MartletPipeline

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("\u{1b}[31mError:\u{1b}[0m no \u{1b}[1;4mtable\u{1b}[m", "Error: no table"), ("\u{1b}]0;title\u{7}then", "then"),
        ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"), ("a\u{1b}[2K\u{1b}[1Ab", "ab"), ("a\tb\u{8}\u{7}\u{9b}c", "a bc"),
        ("\u{202e}abc\u{2066}", "abc"), ("cut off \u{1b}[3", "cut off 3"), ("end\u{1b}", "end"), ("naïve 日本 🙂", "naïve 日本 🙂"), ("", ""),
    ])
    func `nothing that steers a terminal is left`(text: String, plain: String) {
        #expect(text.plain == plain)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本", 4, "日本"), ("日本", 3, "日…"), ("日本", 2, "…"), ("日", 1, "…"), ("a", 0, ""),
        ("🙂🙂a", 4, "🙂…"), ("é\u{301}a", 2, "é\u{301}a"),
    ])
    func `a text is cut where it takes too many columns`(text: String, columns: Int, fitted: String) {
        #expect(text.fitted(columns: columns) == fitted)
        #expect(text.fitted(columns: columns).columnCount <= columns)
    }
}
