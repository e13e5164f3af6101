// One schema inside a compiled schema: which types fit, and where the rules for each type are. Flat,
// without references, so that a node is read without touching a count.

/// What a value must be.
public struct SchemaNode: Sendable {
  /// The types that a value may have; a set of bits, empty for any.
  public struct Types: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `null`.
    public static let null = Types(rawValue: 1)
    /// `true` and `false`.
    public static let boolean = Types(rawValue: 2)
    /// Any number.
    public static let number = Types(rawValue: 4)
    /// A number without a fraction.
    public static let integer = Types(rawValue: 8)
    /// A string.
    public static let string = Types(rawValue: 16)
    /// An object.
    public static let object = Types(rawValue: 32)
    /// An array.
    public static let array = Types(rawValue: 64)
  }

  /// Whether nothing fits: the schema `false`.
  public var isNever = false
  /// The allowed types.
  public var types: Types = []
  /// The index of the values that are allowed, `enum`.
  public var values: Int?
  /// The index of the one value that is allowed, `const`.
  public var constant: Int?
  /// The index of the rules for numbers.
  public var number: Int?
  /// The index of the rules for strings.
  public var text: Int?
  /// The index of the rules for arrays.
  public var array: Int?
  /// The index of the rules for objects.
  public var object: Int?
  /// The index of the schemas that are about the same value.
  public var applied: Int?

  /// Makes a node that everything fits.
  public init() {}
}
