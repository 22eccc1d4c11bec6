import MartletStore

/// Numbers for `IN (…)`, in lists of a few lengths, so that there are few statements to prepare.
struct NumberList {
    /// The lengths; a list that is shorter repeats its last number.
    private static let lengths = [1, 8, 64, 512]

    let placeholders: String
    let values: [SQLValue]

    private init(_ numbers: ArraySlice<Int64>, length: Int) {
        placeholders = Self.placeholders(length)
        values = numbers.map(SQLValue.integer) + Array(repeating: .optional(numbers.last), count: length - numbers.count)
    }

    /// The lists that hold all numbers.
    static func lists(of numbers: [Int64]) -> [NumberList] {
        var rest = numbers[...]
        var lists: [NumberList] = []
        while !rest.isEmpty {
            let length = lengths.first { $0 >= rest.count } ?? lengths[lengths.count - 1]
            lists.append(NumberList(rest.prefix(length), length: length))
            rest = rest.dropFirst(length)
        }
        return lists
    }

    /// So many question marks.
    static func placeholders(_ count: Int) -> String { "?" + String(repeating: ",?", count: max(0, count - 1)) }
}
