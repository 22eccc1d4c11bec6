/// The row that a query stands on; its columns are numbered from 0 and read by their type.
///
/// Only valid within the closure that a query calls with it. A column must have the type that is asked for; where it may be null,
/// ask `isNull` or an `optional…` first, as null reads as 0 or as the empty text.
package protocol SQLRow: AnyObject {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func real(_ column: Int) -> Double
    func text(_ column: Int) -> String
    func bytes(_ column: Int) -> [UInt8]
}

extension SQLRow {
    /// The integer; `nil` for null.
    package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The text; `nil` for null.
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// Whether an integer is not 0.
    package func flag(_ column: Int) -> Bool { integer(column) != 0 }
}
