"""Payloads as the platform posts them, decrypted: each kind of message and event that an account can get."""

TEXT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350600</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[紫荆云陪伴是什么？]]></Content>
<MsgId>24840911220367145</MsgId>
</xml>"""

MENU_TEXT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350601</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[投票 3]]></Content>
<MsgId>24840911220367146</MsgId>
<bizmsgmenuid>3</bizmsgmenuid>
</xml>"""

FACE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350602</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[/::)]]></Content>
<MsgId>24840911220367147</MsgId>
</xml>"""

EMPTY_TEXT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350602</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[]]></Content>
<MsgId>24840911220367148</MsgId>
</xml>"""

VOICE_HEARD = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350610</CreateTime>
<MsgType><![CDATA[voice]]></MsgType>
<MediaId><![CDATA[HcVJ7aWmFmR6JXt3ljRNrU4OsWmMRdEuYqV5P6hzYlFPyfN8dRPzqZ_QsuPw6jLm]]></MediaId>
<Format><![CDATA[amr]]></Format>
<MsgId>24840911220367150</MsgId>
<MediaId16K><![CDATA[HcVJ7aWmFmR6JXt3ljRNrcZcgaSsTmTG4Uw_4p3cZQZbLqWmCLnMnmVSW0bbEpGa]]></MediaId16K>
<Recognition><![CDATA[今日一招。]]></Recognition>
</xml>"""

VOICE_UNHEARD = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350611</CreateTime>
<MsgType><![CDATA[voice]]></MsgType>
<MediaId><![CDATA[HcVJ7aWmFmR6JXt3ljRNrU4OsWmMRdEuYqV5P6hzYlFPyfN8dRPzqZ_QsuPw6jLm]]></MediaId>
<Format><![CDATA[amr]]></Format>
<MsgId>24840911220367151</MsgId>
<Recognition><![CDATA[]]></Recognition>
</xml>"""

IMAGE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350620</CreateTime>
<MsgType><![CDATA[image]]></MsgType>
<PicUrl><![CDATA[http://mmbiz.qpic.cn/mmbiz_jpg/Kd6v2YbG8mVx/0]]></PicUrl>
<MsgId>24840911220367152</MsgId>
<MediaId><![CDATA[LZ5MX2S9xUQmzRh0SvO1qVYj0mEHUQm_ghJHuhYPGwx8lNYlY3r]]></MediaId>
</xml>"""

VIDEO = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350621</CreateTime>
<MsgType><![CDATA[video]]></MsgType>
<MediaId><![CDATA[yJDGyQEGyBQ6LrQ2NTPWYAhOYQvSjKQ2nmFRrgHVAjcTl9J8w6qW]]></MediaId>
<ThumbMediaId><![CDATA[yJDGyQEGyBQ6LrQ2NTPWYGJAmDCLmFkMfTn1vBsp1Tg8XUKY7Q]]></ThumbMediaId>
<MsgId>24840911220367153</MsgId>
</xml>"""

SHORT_VIDEO = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350622</CreateTime>
<MsgType><![CDATA[shortvideo]]></MsgType>
<MediaId><![CDATA[yJDGyQEGyBQ6LrQ2NTPWYJ2WQ4v8nFv3wRjPqLZXg1mO]]></MediaId>
<ThumbMediaId><![CDATA[yJDGyQEGyBQ6LrQ2NTPWYD6lJ8sBq5mNc7wZrV2kQ0pT]]></ThumbMediaId>
<MsgId>24840911220367154</MsgId>
</xml>"""

LOCATION = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350623</CreateTime>
<MsgType><![CDATA[location]]></MsgType>
<Location_X>23.134521</Location_X>
<Location_Y>113.358803</Location_Y>
<Scale>15</Scale>
<Label><![CDATA[广州市天河区体育西路]]></Label>
<MsgId>24840911220367155</MsgId>
<Poiname><![CDATA[]]></Poiname>
</xml>"""

LINK = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350624</CreateTime>
<MsgType><![CDATA[link]]></MsgType>
<Title><![CDATA[震惊！这样喝水会中毒]]></Title>
<Description><![CDATA[转给家里的老人]]></Description>
<Url><![CDATA[http://mp.weixin.qq.com/s?__biz=MzA3&mid=2650&idx=1&sn=9f1c#rd]]></Url>
<MsgId>24840911220367156</MsgId>
</xml>"""

FILE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350625</CreateTime>
<MsgType><![CDATA[file]]></MsgType>
<Title><![CDATA[通知.docx]]></Title>
<Description><![CDATA[]]></Description>
<FileKey><![CDATA[c2c_key]]></FileKey>
<FileMd5><![CDATA[0cc175b9c0f1b6a831c399e269772661]]></FileMd5>
<FileTotalLen>11872</FileTotalLen>
<MsgId>24840911220367157</MsgId>
</xml>"""

SUBSCRIBE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350630</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>"""

SUBSCRIBE_BY_SCENE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350631</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[qrscene_library-2026]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeTZ]]></Ticket>
</xml>"""

SUBSCRIBE_BY_BARCODE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350632</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[scanbarcode|ean13|6901234567892|]]></EventKey>
</xml>"""

UNSUBSCRIBE = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350633</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[unsubscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>"""

SCAN = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350634</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[library-2026]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeTZ]]></Ticket>
</xml>"""

CLICK_COMMAND = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350635</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[/tip]]></EventKey>
</xml>"""

CLICK_WORDS = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350635</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[好网民投票]]></EventKey>
</xml>"""

VIEW = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350636</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[VIEW]]></Event>
<EventKey><![CDATA[https://example.org/polls/nanyue-stories]]></EventKey>
<MenuId>425931267</MenuId>
</xml>"""

LOCATION_REPORT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350637</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[LOCATION]]></Event>
<Latitude>23.137466</Latitude>
<Longitude>113.352425</Longitude>
<Precision>119.385040</Precision>
</xml>"""

SUBSCRIBE_MESSAGE_POPUP = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350638</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_popup_event]]></Event>
<SubscribeMsgPopupEvent>
<List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>
<PopupScene>2</PopupScene></List>
<List><TemplateId><![CDATA[9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI]]></TemplateId>
<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>
<PopupScene>2</PopupScene></List>
</SubscribeMsgPopupEvent>
</xml>"""

SUBSCRIBE_MESSAGE_SENT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350639</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_sent_event]]></Event>
<SubscribeMsgSentEvent>
<List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<MsgID>1700827132819554304</MsgID>
<ErrorCode>0</ErrorCode>
<ErrorStatus><![CDATA[success]]></ErrorStatus></List>
</SubscribeMsgSentEvent>
</xml>"""

MASS_SENT = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350640</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[MASSSENDJOBFINISH]]></Event>
<MsgID>1000001625</MsgID>
<Status><![CDATA[send success]]></Status>
<TotalCount>80</TotalCount>
<FilterCount>75</FilterCount>
<SentCount>75</SentCount>
<ErrorCount>0</ErrorCount>
</xml>"""

PHOTO_MENU = """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350641</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[pic_weixin]]></Event>
<EventKey><![CDATA[/tip]]></EventKey>
<SendPicsInfo><Count>1</Count>
<PicList><item><PicMd5Sum><![CDATA[5a75aaca956d97be686719218f275c6b]]></PicMd5Sum></item></PicList>
</SendPicsInfo>
</xml>"""
