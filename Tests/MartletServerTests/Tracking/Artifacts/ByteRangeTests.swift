import Testing

@testable import MartletServer

struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-3", 0..<4), ("bytes=3-3", 3..<4), ("bytes=4-", 4..<10), ("bytes=-3", 7..<10), ("bytes=-99", 0..<10),
        ("bytes=8-99", 8..<10),
        ("bytes=0-3,", 0..<4), ("bytes=,1-2,a", 1..<3), ("BYTES = 1 - 2", 1..<3), ("bytes=0-99999999999999999999", 0..<10),
    ])
    func `one range is a part`(field: String, range: Range<Int>) {
        #expect(ByteRange(field, sizeBytes: 10) == .part(range))
    }

    @Test(arguments: ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"])
    func `what lies behind the end is unsatisfiable`(field: String) {
        #expect(ByteRange(field, sizeBytes: 10) == .unsatisfiable)
    }

    @Test(arguments: [nil, "bytes=0-1,3-4", "bytes=0-0,20-"])
    func `no range, or several, ask for the whole`(field: String?) {
        #expect(ByteRange(field, sizeBytes: 10) == .whole)
    }

    @Test(arguments: [
        ("", "Malformed range header."), ("bytes", "Malformed range header."), ("0-3", "Malformed range header."),
        ("lines=0-1", "Only support bytes range"), ("bytes=", "Range header: range must be requested"),
        ("bytes=-", "Range header: range must be requested"), ("bytes=a-b", "Range header: range must be requested"),
        ("bytes=0x1-2", "Range header: range must be requested"), ("bytes=1-2-3", "Range header: range must be requested"),
        ("bytes=,", "Range header: range must be requested"), ("bytes=5-4", "Range header: start must be less than end"),
    ])
    func `what cannot be read is refused in MLflow's words`(field: String, reason: String) {
        #expect(ByteRange(field, sizeBytes: 10) == .unreadable(reason))
    }

    @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func `of nothing there is no part`(field: String) {
        #expect(ByteRange(field, sizeBytes: 0) == .unsatisfiable)
    }
}
