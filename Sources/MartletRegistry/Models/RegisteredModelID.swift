/// Which registered model, whatever its name is or comes to be.
package struct RegisteredModelID: Sendable, Hashable {
    /// In the tables, where no number is given twice.
    package let number: Int64
    /// In milliseconds since 1970 UTC: in another database, or in an older copy, a number may mean another model.
    package let createdAt: Int64

    /// Names one.
    package init(number: Int64, createdAt: Int64) {
        self.number = number
        self.createdAt = createdAt
    }
}
