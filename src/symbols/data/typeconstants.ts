/** Numbers of the DWARF standard (5 §7, and the GNU extensions) that describe types and nothing else. */

// Tags, §7.5.3.
export const DW_TAG_array_type = 0x01;
export const DW_TAG_class_type = 0x02;
export const DW_TAG_enumeration_type = 0x04;
export const DW_TAG_formal_parameter = 0x05;
export const DW_TAG_member = 0x0d;
export const DW_TAG_pointer_type = 0x0f;
export const DW_TAG_reference_type = 0x10;
export const DW_TAG_compile_unit = 0x11;
export const DW_TAG_string_type = 0x12;
export const DW_TAG_structure_type = 0x13;
export const DW_TAG_subroutine_type = 0x15;
export const DW_TAG_typedef = 0x16;
export const DW_TAG_union_type = 0x17;
export const DW_TAG_unspecified_parameters = 0x18;
export const DW_TAG_variant = 0x19;
export const DW_TAG_inheritance = 0x1c;
export const DW_TAG_module = 0x1e;
export const DW_TAG_ptr_to_member_type = 0x1f;
export const DW_TAG_subrange_type = 0x21;
export const DW_TAG_base_type = 0x24;
export const DW_TAG_const_type = 0x26;
export const DW_TAG_enumerator = 0x28;
export const DW_TAG_packed_type = 0x2d;
export const DW_TAG_subprogram = 0x2e;
export const DW_TAG_template_type_parameter = 0x2f;
export const DW_TAG_template_value_parameter = 0x30;
export const DW_TAG_variant_part = 0x33;
export const DW_TAG_variable = 0x34;
export const DW_TAG_volatile_type = 0x35;
export const DW_TAG_restrict_type = 0x37;
export const DW_TAG_interface_type = 0x38;
export const DW_TAG_namespace = 0x39;
export const DW_TAG_unspecified_type = 0x3b;
export const DW_TAG_shared_type = 0x40;
export const DW_TAG_rvalue_reference_type = 0x42;
export const DW_TAG_template_alias = 0x43;
export const DW_TAG_generic_subrange = 0x45;
export const DW_TAG_atomic_type = 0x47;
export const DW_TAG_immutable_type = 0x4b;
export const DW_TAG_GNU_template_template_param = 0x4106;
export const DW_TAG_GNU_template_parameter_pack = 0x4107;

// Attributes, §7.5.4.
export const DW_AT_location = 0x02;
export const DW_AT_ordering = 0x09;
export const DW_AT_byte_size = 0x0b;
export const DW_AT_bit_offset = 0x0c;
export const DW_AT_bit_size = 0x0d;
export const DW_AT_discr = 0x15;
export const DW_AT_discr_value = 0x16;
export const DW_AT_string_length = 0x19;
export const DW_AT_const_value = 0x1c;
export const DW_AT_containing_type = 0x1d;
export const DW_AT_lower_bound = 0x22;
export const DW_AT_prototyped = 0x27;
export const DW_AT_bit_stride = 0x2e;
export const DW_AT_upper_bound = 0x2f;
export const DW_AT_accessibility = 0x32;
export const DW_AT_artificial = 0x34;
export const DW_AT_count = 0x37;
export const DW_AT_data_member_location = 0x38;
export const DW_AT_declaration = 0x3c;
export const DW_AT_discr_list = 0x3d;
export const DW_AT_encoding = 0x3e;
export const DW_AT_external = 0x3f;
export const DW_AT_specification = 0x47;
export const DW_AT_type = 0x49;
export const DW_AT_virtuality = 0x4c;
export const DW_AT_byte_stride = 0x51;
export const DW_AT_object_pointer = 0x64;
export const DW_AT_signature = 0x69;
export const DW_AT_data_bit_offset = 0x6b;
export const DW_AT_enum_class = 0x6d;
export const DW_AT_GNU_vector = 0x2107;
export const DW_AT_GNU_template_name = 0x2110;

// Base type encodings, §7.8.
export const DW_ATE_boolean = 0x02;
export const DW_ATE_complex_float = 0x03;
export const DW_ATE_float = 0x04;
export const DW_ATE_signed = 0x05;
export const DW_ATE_signed_char = 0x06;
export const DW_ATE_unsigned_char = 0x08;
export const DW_ATE_imaginary_float = 0x09;
export const DW_ATE_packed_decimal = 0x0a;
export const DW_ATE_numeric_string = 0x0b;
export const DW_ATE_edited = 0x0c;
export const DW_ATE_signed_fixed = 0x0d;
export const DW_ATE_decimal_float = 0x0f;
export const DW_ATE_UTF = 0x10;
export const DW_ATE_UCS = 0x11;
export const DW_ATE_ASCII = 0x12;
/** DW_ATE_lo_user, which gcc uses for `_Complex int`. */
export const DW_ATE_GNU_complex_integer = 0x80;

/** Columns before rows, §7.17. */
export const DW_ORD_col_major = 1;
/** §7.15; the values follow each other: public, protected, private. */
export const DW_ACCESS_public = 1;
export const DW_ACCESS_protected = 2;
export const DW_ACCESS_private = 3;
/** What an entry of DW_AT_discr_list is: one value, or a range, §7.23. */
export const DW_DSC_label = 0;
export const DW_DSC_range = 1;
