/// A tree of objects, arrays, texts and numbers that is read once, from its start to its end, without being kept.
///
/// Whoever reads asks for what they expect next; anything else is refused with `ForestFault.damaged`, whose place is a byte. An
/// object's names must differ. Nesting is limited to 128 levels, and an array takes no more memory than the bytes at hand justify.
protocol DocumentReader {
    /// Reads an object: the body is called with each name and must read or `skip` the value.
    mutating func object(_ member: (inout Self, String) throws -> Void) throws
    /// Reads an array: the body is called before each element and must read or `skip` it.
    mutating func array(_ element: (inout Self) throws -> Void) throws
    mutating func string() throws -> String
    mutating func integer() throws -> Int
    /// Reads an array of whole numbers; `true` and `false` are 1 and 0.
    mutating func integers() throws -> [Int]
    /// Reads an array of numbers in single precision, NaN and infinities among them.
    mutating func floats() throws -> [Float]
    /// Passes over one value.
    mutating func skip() throws
    /// Refuses what comes after the document.
    mutating func end() throws
}

/// How deep documents are nested at most; models need 8.
enum DocumentLimit {
    static let depthMax = 128
}
