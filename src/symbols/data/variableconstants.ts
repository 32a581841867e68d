/** Numbers of the DWARF standard (5 §7, and the GNU extensions) that describe variables, scopes and calls. */

// Tags, §7.5.3.
export const DW_TAG_formal_parameter = 0x05;
export const DW_TAG_imported_declaration = 0x08;
export const DW_TAG_member = 0x0d;
export const DW_TAG_constant = 0x27;
export const DW_TAG_enumerator = 0x28;
export const DW_TAG_variable = 0x34;
export const DW_TAG_namespace = 0x39;
export const DW_TAG_imported_module = 0x3a;
export const DW_TAG_interface_type = 0x38;
export const DW_TAG_module = 0x1e;
export const DW_TAG_base_type = 0x24;
export const DW_TAG_namelist_item = 0x2c;
export const DW_TAG_template_alias = 0x43;
export const DW_TAG_common_block = 0x1a;
export const DW_TAG_call_site = 0x48;
export const DW_TAG_call_site_parameter = 0x49;
export const DW_TAG_GNU_formal_parameter_pack = 0x4108;
export const DW_TAG_GNU_call_site = 0x4109;
export const DW_TAG_GNU_call_site_parameter = 0x410a;

// Attributes, §7.5.4.
export const DW_AT_location = 0x02;
export const DW_AT_byte_size = 0x0b;
export const DW_AT_const_value = 0x1c;
export const DW_AT_start_scope = 0x2c;
export const DW_AT_artificial = 0x34;
export const DW_AT_decl_file = 0x3a;
export const DW_AT_decl_line = 0x3b;
export const DW_AT_declaration = 0x3c;
export const DW_AT_encoding = 0x3e;
export const DW_AT_external = 0x3f;
export const DW_AT_frame_base = 0x40;
export const DW_AT_call_column = 0x57;
export const DW_AT_call_file = 0x58;
export const DW_AT_call_line = 0x59;
export const DW_AT_object_pointer = 0x64;
export const DW_AT_enum_class = 0x6d;
export const DW_AT_call_return_pc = 0x7d;
export const DW_AT_call_value = 0x7e;
export const DW_AT_call_origin = 0x7f;
export const DW_AT_call_parameter = 0x80;
export const DW_AT_call_pc = 0x81;
export const DW_AT_call_tail_call = 0x82;
export const DW_AT_call_target = 0x83;
export const DW_AT_call_data_value = 0x86;
export const DW_AT_export_symbols = 0x89;
export const DW_AT_GNU_call_site_value = 0x2111;
export const DW_AT_GNU_call_site_data_value = 0x2112;
export const DW_AT_GNU_call_site_target = 0x2113;
export const DW_AT_GNU_tail_call = 0x2115;

// Base type encodings, §7.8.
export const DW_ATE_address = 0x01;
export const DW_ATE_boolean = 0x02;
export const DW_ATE_float = 0x04;
export const DW_ATE_signed = 0x05;
export const DW_ATE_signed_char = 0x06;
export const DW_ATE_unsigned = 0x07;
export const DW_ATE_unsigned_char = 0x08;
export const DW_ATE_UTF = 0x10;
export const DW_ATE_UCS = 0x11;
export const DW_ATE_ASCII = 0x12;
