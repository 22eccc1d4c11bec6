import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct PartitionSelectionTests {
    private func selection(_ text: String, to: String? = nil, zone: String = "UTC") throws -> [String] {
        let now = try #require(Timestamp("2013-01-09T12:00Z"))
        return try PartitionRange(.days, from: "2013-01-05", to: to, zone: zone).selection(text, now: now).map(\.key)
    }

    @Test(arguments: [
        ("2013-01-06", ["2013-01-06"]), ("2013-01-06..2013-01-07", ["2013-01-06", "2013-01-07"]),
        ("2013-01-07..2013-01-07", ["2013-01-07"]),
        ("2013-01-07..", ["2013-01-07", "2013-01-08"]), ("..2013-01-06", ["2013-01-05", "2013-01-06"]),
        ("..", ["2013-01-05", "2013-01-06", "2013-01-07", "2013-01-08"]),
    ])
    func `a selection is one key, or two ends of which either may be left out`(text: String, keys: [String]) throws {
        #expect(try selection(text) == keys)
    }

    @Test(arguments: [
        (
            "2013-01-07..2013-01-06",
            "partitions: expected FIRST..LAST with the earlier first, found '2013-01-07..2013-01-06'; exchange them"
        ),
        ("2013-01-04..", "partitions: '2013-01-04' is not among the complete ones: the range begins with '2013-01-05'"),
        ("2013-01-09", "partitions: '2013-01-09' is not among the complete ones: the last complete one is '2013-01-08'"),
        ("2013-01", "partitions: expected a day such as '2013-01-05', found '2013-01', a key of months"),
        ("", "partitions: expected a day such as '2013-01-05', found ''"),
        ("2013-01-05..2013-01-06..", "partitions: expected one '..' at most, found '2013-01-05..2013-01-06..'; write FIRST..LAST"),
        ("2013-01-05...", "partitions: expected a day such as '2013-01-05', found '.'"),
        ("2013-01-05 ..", "partitions: expected a day such as '2013-01-05', found '2013-01-05 '"),
    ])
    func `a selection of anything else is refused`(text: String, message: String) {
        let error = #expect(throws: MartletError.self) { try selection(text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == message)
    }

    @Test func `a key after the end of the range is refused with the end`() {
        let error = #expect(throws: MartletError.self) { try selection("2013-01-08", to: "2013-01-06") }
        #expect(error?.message == "partitions: '2013-01-08' is not among the complete ones: the range ends with '2013-01-06'")
    }

    @Test func `nothing is selected before the first partition is complete`() throws {
        let range = try PartitionRange(.days, from: "2013-01-05")
        let now = try #require(Timestamp("2013-01-05T12:00Z"))
        let error = #expect(throws: MartletError.self) { try range.selection("..", now: now) }
        #expect(error?.message == "partitions '..': the first of the range, '2013-01-05', is not complete yet; wait for its end")
    }

    @Test func `a key of an hour that the clocks jump over is refused`() throws {
        let range = try PartitionRange(.hours, from: "2013-03-10T00", zone: "America/New_York")
        let now = try #require(Timestamp("2013-03-12T00:00Z"))
        let error = #expect(throws: MartletError.self) { try range.selection("2013-03-10T02", now: now) }
        #expect(
            error?.message
                == "partitions: '2013-03-10T02' does not exist in America/New_York, whose clocks jump over it; choose another")
    }
}
