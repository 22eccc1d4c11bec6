import Foundation
import MartletCore
import Testing

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-01 00:00:01", 1_000_000),
        ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.123456789Z", 123_456), ("1970-01-01T01:00+01:00", 0),
        ("1969-12-31T22:30:00-0130", 0), ("1970-01-01T02:00:00+02", 0), ("1969-12-31T23:59:59.999999Z", -1),
        ("2024-02-29T12:34:56.000001Z", 1_709_210_096_000_001), ("2000-03-01", 951_868_800_000_000),
        ("0001-01-01", -62_135_596_800_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func `ISO 8601 text is read`(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "1970", "1970-01", "1970-1-1", "1970-13-01", "1970-00-01", "2023-02-29", "1900-02-29", "2024-04-31",
        "1970-01-01T", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+1", "1970-01-01T00:00:00+01:", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00Z ",
        " 1970-01-01", "1970-01-01x00:00:00", "١٩٧٠-01-01", "+999999-01-01", "-1-01-01", "1970-01-01Z",
    ])
    func `other text is refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `text of random times reads back equal and agrees with the system's calendar`() throws {
        var generator = SplitMix64(seed: 7)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<2_000 {
            let time = Timestamp(microseconds: Int64(generator.unit() * 300e15) - 60_000_000_000_000_000)
            #expect(Timestamp(time.description) == time)
            // After the reform of 1582 the system's calendar is the proleptic one as well.
            guard time.microseconds > -12_000_000_000_000_000, time.description.count == 27 else { continue }
            let seconds = (Double(time.microseconds) / 1e6).rounded(.down)
            let expected = formatter.string(from: Date(timeIntervalSince1970: seconds)).dropLast()
            #expect(time.description.hasPrefix(expected))
        }
    }

    @Test(arguments: [Int64.min, -62_167_219_200_000_001, -1, 0, 253_402_300_800_000_000, Int64.max])
    func `the ends of the range are written and read back`(_ microseconds: Int64) {
        let time = Timestamp(microseconds: microseconds)
        #expect(Timestamp(time.description) == time)
    }

    @Test func `JSON holds text with six decimals`() throws {
        let time = Timestamp(microseconds: 1_709_301_780_000_000)
        #expect(
            try String(decoding: JSONEncoder().encode([time]), as: UTF8.self) == #"["2024-03-01T14:03:00.000000Z"]"#)
    }

    @Test func `JSON with another text is refused`() {
        #expect(throws: MartletError.self) { try JSONDecoder().decode([Timestamp].self, from: Data(#"["soon"]"#.utf8)) }
    }

    @Test func `durations are added and stop at the ends of the range`() {
        let time = Timestamp(microseconds: 10)
        #expect(time + .milliseconds(2) == Timestamp(microseconds: 2_010))
        #expect(time - .milliseconds(2) == Timestamp(microseconds: -1_990))
        #expect(time + .seconds(Int64.max) == Timestamp(microseconds: .max))
        #expect(time - .seconds(Int64.max) == Timestamp(microseconds: .min))
        #expect(Timestamp(microseconds: 2_010) - time == .milliseconds(2))
    }

    @Test func `every day of four centuries is numbered in turn`() throws {
        var previous = try #require(CivilDate(year: 1799, month: 12, day: 31)).daysSince1970
        for _ in 0..<146_097 {
            let date = CivilDate(daysSince1970: previous + 1)
            #expect(date.daysSince1970 == previous + 1)
            previous += 1
        }
    }
}
