import Foundation
import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct PartitionRangeTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private func keys(
        _ unit: Partition.Unit, from: String, to: String? = nil, zone: String = "UTC", now: String
    ) throws -> [String] {
        try PartitionRange(unit, from: from, to: to, zone: zone).partitions(now: time(now)).map(\.key)
    }

    @Test func `both ends belong to a range`() throws {
        #expect(try keys(.days, from: "2013-02-27", to: "2013-03-01", now: "2020-01-01") == ["2013-02-27", "2013-02-28", "2013-03-01"])
        #expect(
            try keys(.hours, from: "2013-01-05T22", to: "2013-01-06T00", now: "2020-01-01") == [
                "2013-01-05T22", "2013-01-05T23", "2013-01-06T00",
            ])
        #expect(try keys(.weeks, from: "2020-W52", to: "2021-W01", now: "2022-01-01") == ["2020-W52", "2020-W53", "2021-W01"])
        #expect(try keys(.months, from: "2012-12", to: "2013-01", now: "2020-01-01") == ["2012-12", "2013-01"])
    }

    @Test func `a range without an end goes through the last partition that is complete`() throws {
        #expect(try keys(.days, from: "2013-01-01", now: "2013-01-03T00:00Z") == ["2013-01-01", "2013-01-02"])
        #expect(try keys(.days, from: "2013-01-01", now: "2013-01-02T23:59:59.999999Z") == ["2013-01-01"])
        #expect(try keys(.days, from: "2013-01-01", now: "2013-01-01T12:00Z") == [])
        #expect(try keys(.days, from: "2013-01-01", now: "2012-01-01") == [])
        #expect(try keys(.months, from: "2013-01", now: "2013-03-31") == ["2013-01", "2013-02"])
    }

    @Test func `an end that lies ahead gives complete partitions only`() throws {
        #expect(try keys(.days, from: "2013-01-01", to: "2013-12-31", now: "2013-01-03T12:00Z") == ["2013-01-01", "2013-01-02"])
    }

    @Test func `bounds are the zone's midnights, of days of 23 and 25 hours too`() throws {
        let spring = try PartitionRange(.days, from: "2013-03-10", to: "2013-03-10", zone: "America/New_York").partitions(
            now: time("2020-01-01"))
        #expect(spring == [Partition(key: "2013-03-10", start: try time("2013-03-10T05:00Z"), end: try time("2013-03-11T04:00Z"))])
        let autumn = try PartitionRange(.days, from: "2013-11-03", to: "2013-11-03", zone: "America/New_York").partitions(
            now: time("2020-01-01"))
        #expect(autumn == [Partition(key: "2013-11-03", start: try time("2013-11-03T04:00Z"), end: try time("2013-11-04T05:00Z"))])
    }

    @Test func `a day whose midnight does not exist begins as the clocks jump past it`() throws {
        let days = try PartitionRange(.days, from: "2018-11-03", to: "2018-11-04", zone: "America/Sao_Paulo").partitions(
            now: time("2020-01-01"))
        #expect(days.map(\.start) == [try time("2018-11-03T03:00Z"), try time("2018-11-04T03:00Z")])
        #expect(days.last?.end == (try time("2018-11-05T02:00Z")))
    }

    @Test func `an hour that does not exist is left out and one that occurs twice is one`() throws {
        let spring = try PartitionRange(.hours, from: "2013-03-10T01", to: "2013-03-10T03", zone: "America/New_York").partitions(
            now: time("2020-01-01"))
        #expect(spring.map(\.key) == ["2013-03-10T01", "2013-03-10T03"])
        let autumn = try PartitionRange(.hours, from: "2013-11-03T01", to: "2013-11-03T02", zone: "America/New_York").partitions(
            now: time("2020-01-01"))
        #expect(autumn.map { $0.end - $0.start } == [.seconds(7_200), .seconds(3_600)])
        let halfAnHour = try PartitionRange(.hours, from: "2024-10-06T01", to: "2024-10-06T03", zone: "Australia/Lord_Howe").partitions(
            now: time("2025-01-01"))
        #expect(halfAnHour.map { $0.end - $0.start } == [.seconds(3_600), .seconds(1_800), .seconds(3_600)])
    }

    @Test func `a day ends with the first midnight, also where the clocks are set back to before it`() throws {
        // St. John's, 7 November 2010 at 02:31Z: 00:01 becomes 23:01 of the day before.
        let range = try PartitionRange(.days, from: "2010-11-06", zone: "America/St_Johns")
        let saturday = Partition(key: "2010-11-06", start: try time("2010-11-06T02:30Z"), end: try time("2010-11-07T02:30Z"))
        #expect(try range.partitions(now: time("2010-11-07T02:29Z")) == [])
        #expect(try range.partitions(now: time("2010-11-07T02:30Z")) == [saturday])
        #expect(try range.partitions(now: time("2010-11-07T03:00Z")) == [saturday])
        #expect(try range.partitions(now: time("2010-11-08T03:30Z")).last?.end == time("2010-11-08T03:30Z"))
    }

    @Test func `a day that a zone left out is no partition`() throws {
        #expect(
            try keys(.days, from: "2011-12-29", to: "2011-12-31", zone: "Pacific/Apia", now: "2012-02-01") == ["2011-12-29", "2011-12-31"])
    }

    @Test(
        arguments: Partition.Unit.allCases,
        ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"])
    func `partitions follow one another without a gap, and the last has ended`(unit: Partition.Unit, zone: String) throws {
        var random = SplitMix64(seed: 8)
        let from = [.hours: "2011-09-20T05", .days: "2009-12-31", .weeks: "2008-W50", .months: "1999-11"][unit, default: ""]
        let range = try PartitionRange(unit, from: from, zone: zone)
        let start = try time("2011-10-01").wholeSeconds
        for _ in 0..<6 {
            let now = Timestamp(wholeSeconds: start + Int64(random.index(below: 30_000_000)))
            let partitions = try range.partitions(now: now)
            #expect(zip(partitions, partitions.dropFirst()).allSatisfy { $0.end == $1.start })
            #expect(partitions.allSatisfy { $0.start < $0.end })
            #expect(Set(partitions.map(\.key)).count == partitions.count)
            let last = try #require(partitions.last)
            #expect(last.end <= now)
            let next = try range.partitions(now: last.end + .seconds(3 * 32 * 86_400)).first { $0.start == last.end }
            #expect(try #require(next).end > now)
        }
    }

    @Test func `weeks and months are those of Foundation's calendar`() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        func number(_ component: Calendar.Component, of partition: Partition) -> Int {
            calendar.component(component, from: Date(timeIntervalSince1970: Double(partition.start.wholeSeconds)))
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        for week in try PartitionRange(.weeks, from: "1969-W01").partitions(now: time("2034-01-01")) {
            #expect(week.key == "\(number(.yearForWeekOfYear, of: week))-W\(two(number(.weekOfYear, of: week)))")
            #expect(number(.weekday, of: week) == 2)
        }
        for month in try PartitionRange(.months, from: "1969-01").partitions(now: time("2034-01-01")) {
            #expect(month.key == "\(number(.year, of: month))-\(two(number(.month, of: month)))")
            #expect(number(.day, of: month) == 1)
        }
    }

    @Test func `a scheduled run looks again at the last complete partitions`() throws {
        let range = try PartitionRange(.days, from: "2013-01-01", late: 2)
        #expect(try range.latePartitions(now: time("2013-01-10T05:00Z")).map(\.key) == ["2013-01-08", "2013-01-09"])
        #expect(try range.latePartitions(now: time("2013-01-02T05:00Z")).map(\.key) == ["2013-01-01"])
        #expect(try range.latePartitions(now: time("2013-01-01T05:00Z")).isEmpty)
        #expect(try PartitionRange(.days, from: "2013-01-01").latePartitions(now: time("2014-01-01")).isEmpty)
        let apia = try PartitionRange(.hours, from: "2011-12-01T00", zone: "Pacific/Apia", late: 2)
        #expect(try apia.latePartitions(now: time("2011-12-30T11:00Z")).map(\.key) == ["2011-12-29T23", "2011-12-31T00"])
        let hours = try PartitionRange(.hours, from: "2013-01-01T00", zone: "America/New_York", late: 2)
        #expect(try hours.latePartitions(now: time("2013-03-10T08:30Z")).map(\.key) == ["2013-03-10T01", "2013-03-10T03"])
    }

    @Test func `a range is bounded`() throws {
        let error = #expect(throws: MartletError.self) { try PartitionRange(.hours, from: "2000-01-01T00", to: "2011-05-29T16") }
        #expect(error?.code == .limitExceeded)
        #expect(
            error?.message == "expected at most 100000 partitions, found 100001 hours from '2000-01-01T00' to '2011-05-29T16'; "
                + "begin later or use longer ones")
        #expect(try PartitionRange(.hours, from: "2000-01-01T00", to: "2011-05-29T15").partitions(now: time("2012-01-01")).count == 100_000)
        let open = try PartitionRange(.hours, from: "2000-01-01T00")
        #expect(throws: MartletError.self) { try open.partitions(now: time("2024-01-01")) }
        #expect(throws: MartletError.self) { try PartitionRange(.days, from: "2000-01-01", late: -1) }
        #expect(throws: MartletError.self) { try PartitionRange(.days, from: "2000-01-01", late: 10_001) }
    }

    @Test(arguments: [
        (Partition.Unit.days, "2013-02-29", "from: expected a day such as '2013-01-05', found '2013-02-29'"),
        (.days, "2013-01", "from: expected a day such as '2013-01-05', found '2013-01', a key of months"),
        (.days, "", "from: expected a day such as '2013-01-05', found ''"),
        (.days, "13-1-5", "from: expected a day such as '2013-01-05', found '13-1-5'"),
        (.days, "2013-01-05-", "from: expected a day such as '2013-01-05', found '2013-01-05-'"),
        (.hours, "2013-01-05", "from: expected an hour such as '2013-01-05T13', found '2013-01-05', a key of days"),
        (.hours, "2013-01-05T24", "from: expected an hour such as '2013-01-05T13', found '2013-01-05T24'"),
        (.weeks, "2013-W53", "from: expected a week such as '2013-W05', found '2013-W53'"),
        (.weeks, "2013-W00", "from: expected a week such as '2013-W05', found '2013-W00'"),
        (.months, "2013-13", "from: expected a month such as '2013-01', found '2013-13'"),
    ])
    func `a key of another kind, or of what does not exist, is refused`(unit: Partition.Unit, key: String, message: String) {
        let error = #expect(throws: MartletError.self) { try PartitionRange(unit, from: key) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message == message)
    }

    @Test func `an end before the begin is refused, and a zone that is none`() {
        let error = #expect(throws: MartletError.self) { try PartitionRange(.days, from: "2013-01-05", to: "2013-01-04") }
        #expect(error?.message == "to: expected '2013-01-05' (from) or later, found '2013-01-04'; exchange them")
        let zone = #expect(throws: MartletError.self) { try PartitionRange(.days, from: "2013-01-05", zone: "Europe/Berlinn") }
        #expect(zone?.message.hasSuffix("did you mean 'Europe/Berlin'?") == true)
    }
}
