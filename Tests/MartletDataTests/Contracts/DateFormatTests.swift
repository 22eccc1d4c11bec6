import Testing

@testable import MartletData

@Suite struct DateFormatTests {
    static let formats = [
        ("yyyy-MM-dd", "%Y-%m-%d"), ("yyyy-MM-ddTHH:mm:ssZ", "%Y-%m-%dT%H:%M:%S%z"), ("d.M.yy", "%-d.%-m.%y"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "%Y-%m-%dT%H:%M:%S.%g%z"), ("dd MMM yyyy hh:mm a", "%d %b %Y %I:%M %p"),
        ("'%'yyyy''", "%%%Y'"),
    ]

    @Test(arguments: formats) func `a format becomes directives`(_ format: String, _ directives: String) throws {
        #expect(try DateFormat.parse(format).get().directives == directives)
    }

    @Test(arguments: ["yyyyy", "QQ", "VV", "yyyy-DDD"]) func `a letter without a meaning is refused`(_ format: String) {
        #expect(throws: DateFormat.UnknownLetter.self) { try DateFormat.parse(format).get() }
    }
}
