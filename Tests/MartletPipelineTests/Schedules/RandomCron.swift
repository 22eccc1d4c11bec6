import MartletCore

@testable import MartletPipeline

/// A random cron expression, and beside its text what each field means, in plain sets.
struct RandomCron: CustomStringConvertible {
    private(set) var fields: [Field]

    /// One field.
    struct Field {
        let text: String
        let values: Set<Int64>
        var isStar: Bool { text.hasPrefix("*") }
    }

    /// How often the expression fires: at least once in most days, or perhaps once in years.
    enum Density {
        case dense, sparse
    }

    var description: String { fields.map(\.text).joined(separator: " ") }
    var isOfEveryHour: Bool { fields[1].isStar }

    init(_ density: Density, using random: inout SplitMix64) {
        let bounds: [(Int64, Int64)] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
        fields = bounds.enumerated().map { position, bounds in
            let isFree = random.index(below: 4) < (position < 2 || density == .sparse ? 1 : 3)
            return isFree ? Self.star(position, bounds, &random) : Self.list(position, bounds, &random)
        }
    }

    /// The same on days and in months that many years have not.
    func onRareDays(using random: inout SplitMix64) -> RandomCron {
        var cron = self
        let days: [Field] = [Field(text: "29", values: [29]), Field(text: "30,31", values: [30, 31]), Field(text: "31", values: [31])]
        let months: [Field] = [Field(text: "2", values: [2]), Field(text: "feb,apr", values: [2, 4])]
        cron.fields[2] = days[random.index(below: days.count)]
        cron.fields[3] = months[random.index(below: months.count)]
        return cron
    }

    private static func star(_ position: Int, _ bounds: (Int64, Int64), _ random: inout SplitMix64) -> Field {
        // croniter takes the hours */2 for times of day, Schedule for real hours; 0-23/2 means times of day to both.
        guard position != 1, random.index(below: 4) == 0 else { return Field(text: "*", values: Set(bounds.0...bounds.1)) }
        let step = 1 + Int64(random.index(below: Int(bounds.1 - bounds.0)))
        return Field(text: "*/\(step)", values: Set(stride(from: bounds.0, through: bounds.1, by: Int(step))))
    }

    private static func list(_ position: Int, _ bounds: (Int64, Int64), _ random: inout SplitMix64) -> Field {
        let elements = (0...random.index(below: 3)).map { _ in element(position, bounds, &random) }
        return Field(text: elements.map(\.text).joined(separator: ","), values: elements.reduce(into: []) { $0.formUnion($1.values) })
    }

    private static func element(_ position: Int, _ bounds: (Int64, Int64), _ random: inout SplitMix64) -> Field {
        let first = bounds.0 + Int64(random.index(below: Int(bounds.1 - bounds.0)))
        // To croniter a range of one value, 5-5, is the whole cycle; nobody writes it.
        let last = first + 1 + Int64(random.index(below: Int(bounds.1 - first)))
        let step = 1 + Int64(random.index(below: 4))
        switch random.index(below: 5) {
        case 0: return Field(text: "\(first)/\(step)", values: Set(stride(from: first, through: bounds.1, by: Int(step))))
        case 1: return Field(text: "\(name(first, position))-\(name(last, position))", values: Set(first...last))
        case 2: return Field(text: "\(first)-\(last)/\(step)", values: Set(stride(from: first, through: last, by: Int(step))))
        default: return Field(text: name(last, position), values: [last])
        }
    }

    private static func name(_ value: Int64, _ position: Int) -> String {
        let names = CronField.Kind.allCases[position].names
        guard !names.isEmpty, value % 2 == 0 else { return String(value) }
        return names[Int(value) - (position == 3 ? 1 : 0)].lowercased()
    }

    /// Whether the expression names a minute of the wall's clock, as crontab(5) says it.
    func names(_ minute: Int64) -> Bool {
        let day = minute.flooredDivision(by: 1_440).quotient
        let (hour, minuteOfHour) = (minute - day * 1_440).flooredDivision(by: 60)
        guard fields[0].values.contains(minuteOfHour), fields[1].values.contains(hour) else { return false }
        let date = CivilDate(daysSince1970: day)
        guard fields[3].values.contains(date.month) else { return false }
        let isDay = fields[2].values.contains(date.day)
        let isWeekday = fields[4].values.contains((day + 4).flooredDivision(by: 7).remainder)
        return fields[2].isStar || fields[4].isStar ? isDay && isWeekday : isDay || isWeekday
    }
}
